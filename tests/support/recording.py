"""A Pulumi engine that records declared resources and returns made-up provider outputs."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.runtime import mocks, rpc, settings
from pulumi.runtime.proto import resource_pb2

from tests.support.certificates import Issued, request_certificate
from tests.support.event_loop import Loop
from tests.support.fast_sdk import fast_sdk, forget_resources

_REQUEST = request_certificate("registry.example.com", ["registry.example.com"])

_WITHOUT_OUTPUTS = {
    "docker:index/container:Container",
    "docker:index/volume:Volume",
    "pack-registry:index:KubernetesPackRegistry",
    "pack-registry:index:PackRegistry",
    "platform:index:Platform",
    "pulumi:providers:docker",
    "pulumi:providers:kubernetes",
    "pulumi:providers:random",
}
"""Types of resources whose providers add nothing to the inputs."""

Outputs = dict[str, pulumi.Output[Any]]


@dataclass(frozen=True)
class Declared:
    """A resource as the program declared it."""

    name: str
    typ: str
    inputs: dict[str, Any]
    """Its inputs, secrets unwrapped."""
    secret_inputs: frozenset[str]
    """Names of the inputs that are secrets or contain secrets."""
    request: resource_pb2.RegisterResourceRequest
    """The engine request with all resource options, such as ``parent`` and ``provider``."""


@dataclass(frozen=True)
class Run:
    """The result of a program."""

    resources: dict[str, Declared]
    outputs: dict[str, Any]
    """The outputs' values. An unknown value is an instance of ``pulumi.output.Unknown``."""
    secret_outputs: frozenset[str]
    registered: dict[str, dict[str, Any]]
    """The registered outputs of each component, by component name; secrets unwrapped."""
    registered_secrets: dict[str, frozenset[str]]
    """Names of the secret outputs of each component."""


class Recorder(pulumi.runtime.Mocks):
    """Records every resource by name, and rejects unknown types."""

    def __init__(self, served: Issued) -> None:
        self.resources: dict[str, Declared] = {}
        self.requests: dict[str, resource_pb2.RegisterResourceRequest] = {}
        self.registered: dict[str, dict[str, Any]] = {}
        self._served = served

    def new_resource(
        self, args: pulumi.runtime.MockResourceArgs
    ) -> tuple[str | None, dict[str, Any]]:
        assert args.name not in self.resources, f"{args.name} is declared twice"
        request = self.requests[args.name]
        self.resources[args.name] = Declared(
            args.name, args.typ, _unwrapped(args.inputs), _secret_names(args.inputs), request
        )
        answers = self.answers(args)
        known = {**args.inputs, **answers}
        # The real engine does this, but not the SDK's mock monitor.
        return f"{args.name}-id", known | {
            name: _secret(known[name]) for name in request.additionalSecretOutputs if name in known
        }

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:  # type: ignore[override]  # the SDK accepts a dict
        raise AssertionError(
            f"the program must not call provider functions, but called {args.token}"
        )

    def answers(self, args: pulumi.runtime.MockResourceArgs) -> dict[str, Any]:  # noqa: PLR0911 - one case per type
        """Return the outputs that a provider adds to the inputs."""
        match args.typ:
            case "tls:index/privateKey:PrivateKey":
                pem = self._served.key_pem
                return {"privateKeyPem": pem, "privateKeyOpenssh": pem, "privateKeyPemPkcs8": pem}
            case "tls:index/selfSignedCert:SelfSignedCert":
                return {
                    "certPem": self._served.certificate_pem,
                    "validityEndTime": "2031-11-22T00:00:00Z",
                    "privateKeyPem": self._served.key_pem,
                }
            case "tls:index/certRequest:CertRequest":
                return {"certRequestPem": _REQUEST}
            case "tls:index/locallySignedCert:LocallySignedCert":
                return {
                    "certPem": self._served.certificate_pem,
                    "validityEndTime": "2031-11-22T00:00:00Z",
                }
            case "random:index/randomBytes:RandomBytes":
                seed = args.name.encode().ljust(16, b"-")[:16]
                return {"hex": seed.hex(), "base64": base64.b64encode(seed).decode()}
            case "random:index/randomPassword:RandomPassword":
                seed_text = f"{args.name}-{json.dumps(args.inputs.get('keepers'), sort_keys=True)}"
                return {
                    "result": hashlib.sha256(seed_text.encode()).hexdigest()[
                        : int(args.inputs["length"])
                    ],
                    "bcryptHash": "not used",
                }
            case "docker:index/remoteImage:RemoteImage":
                return {"imageId": "sha256:" + "1" * 64}
            case typ if typ in _WITHOUT_OUTPUTS or typ.startswith("kubernetes:"):
                return {}
            case _:
                raise AssertionError(
                    f"the program declares a resource of unexpected type {args.typ}"
                )


class FirstPreview(Recorder):
    """A preview before anything exists: all provider outputs are unknown."""

    def answers(self, args: pulumi.runtime.MockResourceArgs) -> dict[str, Any]:
        return dict.fromkeys(super().answers(args), rpc.UNKNOWN)


class _Monitor(mocks.MockMonitor):
    """Stores the engine requests. The SDK's mocks only show their inputs, and take longer."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(recorder)
        self._recorder = recorder

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> Any:  # noqa: N802 - the engine's name
        self._recorder.requests[request.name] = request
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == "pulumi:pulumi:Stack":
            return resource_pb2.RegisterResourceResponse(urn=urn)
        inputs = rpc.deserialize_properties(request.object)
        identifier, outputs = self._recorder.new_resource(
            mocks.MockResourceArgs(typ=request.type, name=request.name, inputs=inputs)
        )
        response = resource_pb2.RegisterResourceResponse(urn=urn, id=identifier or "")
        response.object.update(_wire(outputs))
        return response

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> Any:  # noqa: N802 - the engine's name
        self._recorder.registered[request.urn.rpartition("::")[2]] = rpc.deserialize_properties(
            request.outputs
        )
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]


def run(recorder: Recorder, program: Callable[[], Outputs], *, preview: bool = False) -> Run:
    """Run a program on the recorder and wait for all its tasks.

    An error of a callback is raised here.
    """
    loop = Loop()
    # The first error is raised below. asyncio would log its copies during a later test.
    loop.set_exception_handler(lambda *_: None)
    asyncio.set_event_loop(loop)
    settings.ROOT.set(None)  # another run's stack belongs to another loop
    values: dict[str, Any] = {}
    secret: set[str] = set()

    async def resolve(outputs: Outputs) -> None:
        for name, output in outputs.items():
            values[name] = await output.future(with_unknowns=True)
            if await output.is_secret():
                secret.add(name)

    @pulumi.runtime.test  # type: ignore[untyped-decorator]  # the SDK has no types for it
    def run_program() -> pulumi.Output[None]:
        return pulumi.Output.from_input(resolve(program()))

    try:
        with fast_sdk():
            mocks.set_mocks(
                recorder,
                project="pack-registry",
                stack="test",
                preview=preview,
                monitor=_Monitor(recorder),
            )
            run_program()
    finally:
        settings.SETTINGS.rpc_manager.clear()
        loop.close()
        forget_resources()
        asyncio.set_event_loop(None)
    return Run(
        recorder.resources,
        values,
        frozenset(secret),
        {name: _unwrapped(outputs) for name, outputs in recorder.registered.items()},
        {name: _secret_names(outputs) for name, outputs in recorder.registered.items()},
    )


def _wire(value: Any) -> Any:
    """Return a value as the engine's protocol has it: unknown values are marked, nulls left out."""
    if isinstance(value, dict):
        return {name: _wire(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_wire(item) for item in value]
    return rpc.UNKNOWN if isinstance(value, pulumi.output.Unknown) else value


def _secret(value: Any) -> Any:
    return (
        value
        if _is_secret(value)
        else {rpc._special_sig_key: rpc._special_secret_sig, "value": value}
    )


def _is_secret(value: Any) -> bool:
    return isinstance(value, dict) and value.get(rpc._special_sig_key) == rpc._special_secret_sig


def _holds_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return _is_secret(value) or any(_holds_secret(item) for item in value.values())
    return isinstance(value, list) and any(_holds_secret(item) for item in value)


def _secret_names(properties: dict[str, Any]) -> frozenset[str]:
    """Return the names of properties that are secrets or contain secrets."""
    return frozenset(name for name, value in properties.items() if _holds_secret(value))


def _unwrapped(value: Any) -> Any:
    """Remove the secret marks from a value."""
    if _is_secret(value):
        return _unwrapped(value["value"])
    if isinstance(value, dict):
        return {name: _unwrapped(item) for name, item in value.items()}
    return [_unwrapped(item) for item in value] if isinstance(value, list) else value
