"""A registry declared for Kubernetes on the recording engine, and its objects as manifests."""

from __future__ import annotations

import re
from typing import Any

import pulumi
import yaml

from components.kubernetes.plan import KubernetesPlan, kubernetes_plan
from components.kubernetes_pack_registry import KubernetesPackRegistry
from components.servers.distribution.distribution_settings import DistributionSettings
from components.servers.distribution.server import distribution_process
from tests.support.component import arguments_of, served, settings_of, shared
from tests.support.kubernetes_plan import S3
from tests.support.recording import Declared, Recorder, Run, run

SERVER, SERVICE, NAMESPACE = "registry-server", "registry-service", "registry-namespace"
CLAIM, BUDGET = "registry-data", "registry-disruption-budget"


def declare_on_kubernetes(
    *,
    name: str = "registry",
    recorder: Recorder | None = None,
    preview: bool = False,
    opts: pulumi.ResourceOptions | None = None,
    **arguments: Any,
) -> Run:
    """Declare a registry with arguments. Hostname and bucket have defaults."""
    args = arguments_of({"storage": S3, **arguments})
    return run(
        recorder or Recorder(served()),
        lambda: KubernetesPackRegistry(name, args, opts).outputs,
        preview=preview,
    )


declared_on_kubernetes = shared(declare_on_kubernetes)


def kubernetes_plan_of(**arguments: Any) -> KubernetesPlan:
    """Return what a registry with these settings needs from a cluster."""
    settings = settings_of(**{"target": "kubernetes", "storage": S3, **arguments})
    return kubernetes_plan(settings, distribution_process(DistributionSettings.of(settings)))


def objects(run: Run) -> list[Declared]:
    """Return the declared objects of a cluster, in the order of their names."""
    found = [each for each in run.resources.values() if each.typ.startswith("kubernetes:")]
    return sorted(found, key=lambda each: each.name)


def manifest(declared: Declared) -> dict[str, Any]:
    """Return an object as `kubectl apply` takes it."""
    content: dict[str, Any] = _whole_numbers(declared.inputs)
    return content


class _Dumper(yaml.SafeDumper):
    """Writes files as blocks of lines."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    ),
)


def manifests(run: Run) -> str:
    """Return all objects in one file, as `kubectl apply` takes it."""
    dumped = (
        f"# {each.name}\n{yaml.dump(manifest(each), Dumper=_Dumper, width=1000)}"
        for each in objects(run)
    )
    return "---\n".join(dumped)


def _whole_numbers(value: Any) -> Any:
    """Return a value with integers: the engine's protocol has only floating-point numbers."""
    if isinstance(value, dict):
        return {key: _whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def pod(run: Run) -> dict[str, Any]:
    """Return the specification of the server's pods."""
    spec: dict[str, Any] = manifest(run.resources[SERVER])["spec"]["template"]["spec"]
    return spec


def container(run: Run) -> dict[str, Any]:
    """Return the server's container."""
    (found,) = pod(run)["containers"]
    return dict(found)


def pod_annotations(run: Run) -> dict[str, str]:
    """Return the annotations of the server's pods."""
    return dict(run.resources[SERVER].inputs["spec"]["template"]["metadata"]["annotations"])


def reviewable(text: str) -> str:
    """Return rendered manifests without what the recorder makes up at every run."""
    text = re.sub(r"(-----BEGIN [A-Z ]+-----).*?(-----END)", r"\1...\2", text, flags=re.DOTALL)
    text = re.sub(r"\b[0-9a-f]{64}\b", "<fingerprint>", text)
    text = re.sub(r"\b[0-9a-f]{32}\b", "<digest>", text)
    return re.sub(r"\$2y\$[./A-Za-z0-9$]+", "$2y$...", text)
