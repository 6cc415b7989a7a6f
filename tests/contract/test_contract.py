"""What users rely on: a change of a snapshot here is a change of the product's contract.

Names, types, defaults and structure are part of the contract; descriptions and messages are not.
After a change that is meant, run ``pytest tests/contract --snapshot-update`` and add it to the
changelog.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pulumi
import pytest
import yaml
from syrupy.assertion import SnapshotAssertion

from cli.paths import PALETTE, ROOT
from components.pack_registry_args import PackRegistryArgs
from components.registry_component import RegistryComponent
from components.settings import Settings
from palette.program import register
from palette.settings import RegistrationSettings
from policy.policies import POLICIES
from tests.contract import makefile, schema
from tests.support.component import declared, served
from tests.support.kubernetes import SERVER, declared_on_kubernetes, objects
from tests.support.noncompliant import provided, shipped
from tests.support.recording import Declared, Recorder, run

CERTIFICATE = provided(served())
CA = served().certificate_pem
MUTUAL_TLS = {
    **CERTIFICATE,
    "clientCas": [CA],
    "clientCertificatePem": CA,
    "clientPrivateKeyPem": served().key_pem,
}
NFS = {"server": "nfs.example.com", "export": "/export/packs"}
CIFS = {
    "server": "files.example.com",
    "share": "packs",
    "username": "packs",
    "password": "correct horse battery",
    "plainCredentials": True,
}
S3 = {"bucket": "packs", "region": "eu-central-1", "accessKey": "AKIA", "secretKey": "secret"}

STACKS: dict[str, dict[str, Any]] = {
    "dev": shipped("dev"),
    "prod": shipped("prod"),
    "tls private-ca": {"tls": {"mode": "private-ca"}},
    "tls letsencrypt": {
        "tls": {"mode": "letsencrypt", "letsencrypt": {"email": "ops@example.com"}}
    },
    "tls provided": {"tls": CERTIFICATE},
    "tls off": {"tls": {"mode": "off"}},
    "storage path": {"storage": {"kind": "path", "path": "/srv/packs"}},
    "storage nfs": {"storage": {"kind": "nfs", "nfs": NFS}},
    "storage cifs": {"storage": {"kind": "cifs", "cifs": CIFS}},
    "storage s3": {"storage": {"kind": "s3", "s3": S3}},
    "storage memory": {"storage": {"kind": "memory", "confirmLoss": True}},
    "flavor oci": {"flavor": "oci"},
    "server settings file": {"server": {"headers": {"X-Frame-Options": "DENY"}}},
    "docker host": {"dockerHost": "ssh://ops@registry.example.com"},
}
"""Representative settings; each is one way to run the registry."""


KUBERNETES_STACKS: dict[str, dict[str, Any]] = {
    "s3": {"kubernetes": {"replicas": 3}},
    "volume": {"storage": {"kind": "volume"}},
    "private image": {"imageUsername": "reader", "imagePassword": "a password"},
}
"""Ways to run the registry on Kubernetes."""


@pytest.fixture
def contract(snapshot: SnapshotAssertion) -> Any:
    """Compares lines with the snapshot."""

    def compare(lines: Iterable[str]) -> None:
        assert "\n".join(lines) == snapshot

    return compare


def test_stack_config(contract: Any) -> None:
    contract(schema.settings(Settings))


def test_component_arguments(contract: Any) -> None:
    contract(schema.arguments(PackRegistryArgs))


def test_outputs(contract: Any) -> None:
    made = declared(**STACKS["dev"])
    annotations = RegistryComponent.__annotations__.values()
    named = zip(made.outputs, annotations, strict=True)
    contract(_typed_outputs(dict(named), made.secret_outputs))


@pytest.mark.parametrize(
    "settings", [{}, {"flavor": "oci"}, {"tls": MUTUAL_TLS}], ids=["pack", "oci", "mutual TLS"]
)
def test_console_registration(settings: dict[str, Any], contract: Any) -> None:
    contract(sorted(declared(**settings).outputs["consoleRegistration"]))


@pytest.mark.parametrize("stack", STACKS)
def test_resources(stack: str, contract: Any) -> None:
    contract(_tree(declared(**STACKS[stack]).resources.values()))


@pytest.mark.parametrize("stack", KUBERNETES_STACKS)
def test_kubernetes_resources(stack: str, contract: Any) -> None:
    contract(_tree(declared_on_kubernetes(**KUBERNETES_STACKS[stack]).resources.values()))


def test_recorded_inputs(contract: Any) -> None:
    """What an update compares with the last one, so a later program must read it."""
    for name, made in (
        ("docker", declared(**STACKS["dev"])),
        ("kubernetes", declared_on_kubernetes(**KUBERNETES_STACKS["s3"])),
    ):
        contract([name, *_indented(sorted(made.resources["registry"].inputs))])


def test_kubernetes_metadata(contract: Any) -> None:
    made = declared_on_kubernetes(**KUBERNETES_STACKS["s3"])
    metadata = {each.name: each.inputs["metadata"] for each in objects(made)}
    metadata["pods"] = made.resources[SERVER].inputs["spec"]["template"]["metadata"]
    contract(
        line
        for name in sorted(metadata)
        for line in [
            name,
            *_indented(f"label {key}" for key in sorted(metadata[name]["labels"])),
            *_indented(f"annotation {key}" for key in sorted(metadata[name]["annotations"])),
        ]
    )


def test_docker_labels(contract: Any) -> None:
    labels: dict[str, set[str]] = {}
    for settings in STACKS.values():
        for resource in declared(**settings).resources.values():
            keys = {label["label"] for label in resource.inputs.get("labels", [])}
            if resource.typ.startswith("docker:"):
                labels.setdefault(resource.name, set()).update(keys)
    contract(line for name in sorted(labels) for line in [name, *_indented(sorted(labels[name]))])


def test_make_targets(contract: Any) -> None:
    contract(makefile.targets(ROOT / "Makefile"))


def test_make_variables(contract: Any) -> None:
    contract(makefile.defaults(ROOT / "Makefile"))


def test_policies(contract: Any) -> None:
    contract(_policies())


@pytest.mark.parametrize("folder", ["", PALETTE.folder], ids=["registry", "palette"])
def test_project_name(folder: str, contract: Any) -> None:
    contract([yaml.safe_load((ROOT / folder / "Pulumi.yaml").read_text())["name"]])


def test_palette_config(contract: Any) -> None:
    contract(schema.settings(RegistrationSettings))


def test_palette_program(contract: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi, "get_organization", lambda: "organization")
    settings = RegistrationSettings.model_validate({"paletteApiKey": "key"})
    made = run(PaletteRecorder(served()), lambda: register(settings), preview=True)
    outputs = [
        _line(name, "secret" if name in made.secret_outputs else "") for name in made.outputs
    ]
    contract(
        ["resources:", *_indented(_tree(made.resources.values())), "outputs:", *_indented(outputs)]
    )


class PaletteRecorder(Recorder):
    """Answers for the registry's stack and for the registration."""

    def new_resource(
        self, args: pulumi.runtime.MockResourceArgs
    ) -> tuple[str | None, dict[str, Any]]:
        if args.typ == "pulumi:pulumi:StackReference":
            registration = declared(**STACKS["dev"]).outputs["consoleRegistration"]
            outputs = {"consoleRegistration": registration}
            return args.name, {
                "name": args.name,
                "outputs": outputs,
                "secretOutputNames": [*outputs],
            }
        return super().new_resource(args)

    def answers(self, args: pulumi.runtime.MockResourceArgs) -> dict[str, Any]:
        return {"uid": "uid"}


def _typed_outputs(annotations: dict[str, Any], secret: frozenset[str]) -> Iterator[str]:
    for name, annotation in annotations.items():
        yield _line(name, schema.type_name(annotation), "secret" if name in secret else "")


def _tree(resources: Iterable[Declared]) -> Iterator[str]:
    """Resources below their parents, with what the Docker host or the cluster sees of them."""
    children: dict[str, list[Declared]] = {}
    for resource in resources:
        children.setdefault(resource.request.parent.rpartition("::")[2], []).append(resource)

    def branch(parent: str, depth: int) -> Iterator[str]:
        for child in sorted(children.get(parent, []), key=lambda child: child.name):
            yield "  " * depth + _resource(child)
            yield from ("  " * (depth + 1) + mount for mount in _mounts(child))
            yield from branch(child.name, depth + 1)

    roots = set(children) - {child.name for below in children.values() for child in below}
    for root in sorted(roots):
        yield from branch(root, 0)


def _resource(resource: Declared) -> str:
    name = ""
    if resource.typ.startswith("docker:"):
        name = _docker_name(resource.inputs.get("name", ""))
    elif resource.typ.startswith("kubernetes:"):
        name = resource.inputs["metadata"]["name"]
    kept = "kept on destroy" if resource.request.retainOnDelete else ""
    return _line(resource.name, resource.typ, f"name {name}" if name else "", kept)


def _mounts(resource: Declared) -> Iterator[str]:
    if resource.typ == "kubernetes:core/v1:Secret":
        yield f"keys {', '.join(sorted(resource.inputs['stringData']))}"
    for mount in resource.inputs.get("mounts", []):
        yield f"mounts {_docker_name(mount['source'])} at {mount['target']}"


def _docker_name(name: str) -> str:
    """A name without the random suffix of volumes on a file server, which is the recorder's."""
    return re.sub(r"-[0-9a-f]{8}$", "-<random>", name)


def _policies() -> Iterator[str]:
    for policy in POLICIES:
        yield _line(policy.name, policy.level.value, policy.severity.value)
        yield from _indented(_options(policy.options))
    common = {
        key: option
        for key, option in POLICIES[0].all_options.items()
        if all(policy.all_options.get(key) is option for policy in POLICIES)
    }
    yield from ["every policy", *_indented(_options(common))]


def _options(options: Mapping[str, Any]) -> Iterator[str]:
    for key, option in options.items():
        kind = option.schema["type"]
        items = f" of {option.schema['items']['type']}" if kind == "array" else ""
        minimum = f"at least {option.schema['minimum']}" if "minimum" in option.schema else ""
        yield _line(key, kind + items, minimum, f"default {json.dumps(option.default)}")


def _line(name: str, *facts: str) -> str:
    return f"{name}: {', '.join(filter(None, facts))}".removesuffix(": ")


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)
