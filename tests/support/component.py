"""A pack registry declared on the recording engine, and what it is declared from."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any, cast

import pulumi

from components.docker.plan import DockerPlan, docker_plan
from components.pack_registry import PackRegistry
from components.pack_registry_args import PackRegistryArgs
from components.servers.distribution.distribution_settings import DistributionSettings
from components.servers.server import registry_server
from components.settings import Settings
from components.validation import validate_settings
from tests.support.certificates import Issued, issue
from tests.support.recording import Declared, Recorder, Run, run

HOSTNAME = "registry.example.com"
WRITERS = ("registry-users-writer", "registry-certificate-writer")


@functools.cache
def served() -> Issued:
    """The certificate that the recorder returns. It is created once, because no test changes it."""
    return issue(HOSTNAME, [HOSTNAME])


def settings_of(**arguments: Any) -> Settings:
    """Validate settings. The default hostname is localhost, where tests run servers."""
    return validate_settings({"hostname": "localhost", **arguments}, "a test")


def plan_of(**arguments: Any) -> DockerPlan:
    """Return what a registry with these settings needs from a Docker host."""
    settings = settings_of(**arguments)
    return docker_plan(settings, registry_server(settings).process)


def distribution_of(**arguments: Any) -> DistributionSettings:
    """Return the settings of the server."""
    return DistributionSettings.of(settings_of(**{"hostname": HOSTNAME, **arguments}))


def declare(
    *,
    name: str = "registry",
    recorder: Recorder | None = None,
    preview: bool = False,
    opts: pulumi.ResourceOptions | None = None,
    **arguments: Any,
) -> Run:
    """Declare a registry with arguments. The hostname has a default."""
    args = arguments_of(arguments)
    return run(
        recorder or Recorder(served()),
        lambda: PackRegistry(name, args, opts).outputs,
        preview=preview,
    )


def shared(declare: Callable[..., Run]) -> Callable[..., Run]:
    """Return a function that declares each registry once, for all tests that only read it.

    A test of what a declaration does, such as its warnings and errors, declares its own registry.
    """
    runs: dict[str, Run] = {}

    def declared(**arguments: Any) -> Run:
        key = json.dumps(arguments, sort_keys=True)
        if key not in runs:
            runs[key] = declare(**arguments)
        return runs[key]

    return declared


declared = shared(declare)


def arguments_of(arguments: Mapping[str, Any]) -> PackRegistryArgs:
    """Return arguments with a hostname."""
    return cast(PackRegistryArgs, {"hostname": HOSTNAME, **arguments})


def container(run: Run) -> Declared:
    """Return the server's container."""
    return run.resources["registry-server"]


def labels(run: Run) -> dict[str, str]:
    """Return the labels of the server's container."""
    return {label["label"]: label["value"] for label in container(run).inputs["labels"]}


def uploads(run: Run) -> dict[str, dict[str, Any]]:
    """Return the files that the writers store in the config volume, by path."""
    return {
        upload["file"]: upload
        for name in WRITERS
        if name in run.resources
        for upload in run.resources[name].inputs["uploads"]
    }


def htpasswd(run: Run, name: str = "registry") -> str:
    """Return the text of a registry's htpasswd file."""
    (text,) = [
        upload["content"] for upload in run.resources[f"{name}-users-writer"].inputs["uploads"]
    ]
    return str(text)
