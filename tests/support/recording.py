"""A Pulumi engine that records what a program declares and makes up what a provider would answer."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

import pulumi
from pulumi.runtime import mocks, settings

from tests.support.certificates import Issued


class Recorder(pulumi.runtime.Mocks):
    """Records every resource by name; unknown types are refused rather than ignored."""

    def __init__(self, served: Issued) -> None:
        self.resources: dict[str, pulumi.runtime.MockResourceArgs] = {}
        self._served = served

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        assert args.name not in self.resources, f"{args.name} is declared twice"
        self.resources[args.name] = args
        return f"{args.name}-id", {**args.inputs, **self._answers(args)}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise AssertionError(f"the program must not call functions of providers, but called {args.token}")

    def of_type(self, token: str) -> list[pulumi.runtime.MockResourceArgs]:
        return [resource for resource in self.resources.values() if resource.typ == token]

    def _answers(self, args: pulumi.runtime.MockResourceArgs) -> dict[str, Any]:
        match args.typ:
            case "tls:index/privateKey:PrivateKey":
                return {"privateKeyPem": self._served.key_pem}
            case "tls:index/selfSignedCert:SelfSignedCert":
                return {"certPem": self._served.certificate_pem, "validityEndTime": "2031-11-22T00:00:00Z"}
            case "random:index/randomBytes:RandomBytes":
                seed = args.name.encode().ljust(16, b"-")[:16]
                return {"hex": seed.hex(), "base64": base64.b64encode(seed).decode()}
            case "random:index/randomPassword:RandomPassword":
                return {"result": f"generated-for-{args.name}".ljust(int(args.inputs["length"]), "x")}
            case "docker:index/remoteImage:RemoteImage":
                return {"imageId": "sha256:" + "1" * 64}
            case "docker:index/container:Container" | "docker:index/volume:Volume" | "pulumi:providers:docker" | "pack-registry:index:PackRegistry":
                return {}
        raise AssertionError(f"the program declares a resource of an unexpected type, {args.typ}")


def run_program(recorder: Recorder, program: Callable[[], dict[str, pulumi.Output[Any]]], *, preview: bool = False) -> dict[str, Any]:
    """Run a program on the recorder, wait for all that it started, and return its outputs' values.

    Whatever a callback of the program raises is raised here.
    """
    mocks.set_mocks(recorder, project="pack-registry", stack="test", preview=preview)
    values: dict[str, Any] = {}

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def run() -> pulumi.Output[None]:
        return pulumi.Output.all(**program()).apply(values.update)

    try:
        run()
    finally:
        settings.SETTINGS.rpc_manager.clear()
        asyncio.set_event_loop(asyncio.new_event_loop())
    return values
