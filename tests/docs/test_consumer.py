"""The example of a consumer's stack, with Pulumi's mocks."""

from __future__ import annotations

import asyncio
import base64
import json
import runpy
import sys
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest

from cli.paths import ROOT
from tests.support.event_loop import Loop

EXAMPLE = ROOT / "docs" / "examples" / "consumer"
OUTPUTS = {
    "endpoint": "https://registry.example.com:8443",
    "caCertificate": "PEM",
    "users": {"spectro": "Password-of-spectro"},
}
CONFIG = {
    "registryStack": "organization/pack-registry/prod",
    "user": "spectro",
    "dockerHosts": json.dumps(["ssh://root@build-1", "ssh://root@build-2"]),
    "certificatesDirectory": "/etc/docker/certs.d",
    "writerImage": "busybox:1.37",
    "namespaces": json.dumps(["team-a"]),
}


class Mocks(pulumi.runtime.Mocks):
    """Records resources, and returns the outputs of the registry's stack."""

    def __init__(self) -> None:
        self.inputs: dict[str, dict[str, Any]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.inputs[args.name] = args.inputs
        if args.typ == "pulumi:pulumi:StackReference":
            return args.name, {"outputs": OUTPUTS, "secretOutputNames": ["users"]}
        return f"{args.name}-id", {**args.inputs, "imageId": "sha256:0"}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], None]:
        return args.args, None


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, dict[str, Any]]]:
    """The inputs of the example's resources by name."""
    monkeypatch.syspath_prepend(EXAMPLE)
    mocks, loop = Mocks(), Loop()
    asyncio.set_event_loop(loop)
    pulumi.runtime.settings.ROOT.set(None)
    pulumi.runtime.set_mocks(mocks, project="registry-consumer", stack="prod")
    pulumi.runtime.set_all_config(
        {f"registry-consumer:{key}": value for key, value in CONFIG.items()}
    )
    monkeypatch.setattr(pulumi, "export", lambda *_: None)

    @pulumi.runtime.test  # type: ignore[untyped-decorator]  # the SDK has no types for it
    def program() -> None:
        runpy.run_path(str(EXAMPLE / "__main__.py"))

    program()
    yield mocks.inputs
    pulumi.runtime.settings.SETTINGS.rpc_manager.clear()
    pulumi.runtime.set_all_config({})
    loop.close()
    asyncio.set_event_loop(None)
    for name in ("registry", "trust"):
        sys.modules.pop(name, None)


def test_docker_hosts(declared: dict[str, dict[str, Any]]) -> None:
    assert declared["host-1-docker"]["host"] == "ssh://root@build-2"
    writer = declared["host-1-ca"]
    assert writer["volumes"] == [
        {"hostPath": "/etc/docker/certs.d", "containerPath": "/certificates"}
    ]
    assert writer["uploads"] == [
        {"file": "/certificates/registry.example.com:8443/ca.crt", "content": "PEM"}
    ]
    assert not writer["start"]


def test_pull_secrets(declared: dict[str, dict[str, Any]]) -> None:
    secret = declared["pull-team-a"]
    assert secret["metadata"] == {"name": "pack-registry", "namespace": "team-a"}
    text = str(secret["stringData"])
    token = base64.b64encode(b"spectro:Password-of-spectro").decode()
    assert token in text
    assert "registry.example.com:8443" in text


def test_unknown_user_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLE)
    module = runpy.run_path(str(EXAMPLE / "trust.py"))
    sys.modules.pop("registry", None)
    with pytest.raises(pulumi.RunError) as error:
        module["password_of"]("spectr", {"spectro": "Password-of-spectro", "ci": "secret"})
    assert str(error.value) == (
        "user: the registry has no user spectr. Must be one of: ci, spectro"
    )
