"""Makes what a program declares, each resource from the very inputs declared; what it does not know it refuses.

It stands where the Pulumi engine would: Pulumi's own mocks interface hands it every resource. Left out on purpose: all that needs a record,
such as previews, updates in place, and what a program no longer declares.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import pulumi
from pydantic import ValidationError

from common.labels import Owner
from components.docker.connection import docker
from components.docker.engine import DockerEngine
from components.docker.errors import describe_error
from trial import certificates, docker_objects, passwords
from trial.resources import Inputs, Made, TrialError, unwrapped


class DockerProvider(Inputs):
    """An explicit provider: the Docker host that its resources are made on."""

    host: str
    cert_path: str = ""


Known = TypeVar("Known", bound=Inputs)

COMPONENT = "pack-registry:index:PackRegistry"
PROVIDER = "pulumi:providers:docker"

PLAIN: Mapping[str, tuple[type[Inputs], Callable[[Any], Made]]] = {
    "tls:index/privateKey:PrivateKey": (certificates.PrivateKey, certificates.private_key),
    "tls:index/selfSignedCert:SelfSignedCert": (
        certificates.SelfSignedCert,
        certificates.self_signed_certificate,
    ),
    "tls:index/certRequest:CertRequest": (
        certificates.CertRequest,
        certificates.certificate_request,
    ),
    "tls:index/locallySignedCert:LocallySignedCert": (
        certificates.LocallySignedCert,
        certificates.locally_signed_certificate,
    ),
    "random:index/randomPassword:RandomPassword": (
        passwords.RandomPassword,
        passwords.random_password,
    ),
}
"""The inputs and the maker of each resource type that needs no Docker."""

ON_DOCKER: Mapping[str, tuple[type[Inputs], Callable[[Any, DockerEngine, Owner], Made]]] = {
    "docker:index/volume:Volume": (docker_objects.Volume, docker_objects.volume),
    "docker:index/remoteImage:RemoteImage": (
        docker_objects.RemoteImage,
        docker_objects.remote_image,
    ),
    "docker:index/container:Container": (docker_objects.Container, docker_objects.container),
}
"""The inputs and the maker of each resource type that lives on a Docker host."""


class Engine(pulumi.runtime.Mocks):
    """Makes resources, several at a time, until it is closed."""

    def __init__(self, owner: Owner) -> None:
        """Make resources for an owner; what is somebody else's is left alone."""
        self.has_begun = False
        """Whether anything was made, or begun, on a Docker host."""
        self._owner = owner
        self._hosts = {"": DockerEngine()}
        self._state = threading.Condition()
        self._at_work = 0
        self._closed = False

    def close(self) -> None:
        """Make nothing more, and wait for what is being made."""
        with self._state:
            self._closed = True
            self._state.wait_for(lambda: not self._at_work)

    def new_resource(
        self, args: pulumi.runtime.MockResourceArgs
    ) -> tuple[str | None, dict[str, Any]]:
        """Make a resource: its identifier, and its inputs with what was made of them.

        :raises TrialError: where it is not known how to make it, or it can't be made.
        """
        with self._working():
            made = self._made(args)
        return made.identifier or None, {**args.inputs, **made.marked_outputs}

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:  # type: ignore[override]  # a dict is taken too
        """Refuse a call of a provider's function: the program makes none."""
        raise TrialError(
            f"A trial does not know the function {args.token}; only `make up`, with Pulumi, does."
        )

    @contextlib.contextmanager
    def _working(self) -> Iterator[None]:
        with self._state:
            if self._closed:
                raise TrialError("The trial was stopped.")
            self._at_work += 1
        try:
            yield
        finally:
            with self._state:
                self._at_work -= 1
                self._state.notify_all()

    def _made(self, args: pulumi.runtime.MockResourceArgs) -> Made:
        if args.resource_id:
            raise TrialError(
                f"{args.name}: a trial takes over nothing that is there already, and so not {args.resource_id}."
            )
        if args.typ == COMPONENT:
            return Made("")  # its parts pass by here themselves
        if args.typ == PROVIDER:
            provider = _read(args, DockerProvider)
            self._hosts[args.name] = DockerEngine(provider.host, provider.cert_path)
            return Made(args.name)
        if args.typ in PLAIN:
            inputs, make = PLAIN[args.typ]
            return make(_read(args, inputs))
        if args.typ in ON_DOCKER:
            inputs, make_there = ON_DOCKER[args.typ]
            return self._on_docker(args, _read(args, inputs), make_there)
        known = ", ".join(sorted([*PLAIN, *ON_DOCKER]))
        raise TrialError(
            f"{args.name}: a trial does not know the resource type {args.typ}; it knows {known}. Only `make up`, with Pulumi, does."
        )

    def _on_docker(
        self,
        args: pulumi.runtime.MockResourceArgs,
        inputs: Any,
        make: Callable[[Any, DockerEngine, Owner], Made],
    ) -> Made:
        host = self._hosts[(args.provider or "").rpartition("::")[2]]
        self.has_begun = True
        try:
            return make(inputs, host, self._owner)
        except (docker.errors.DockerException, OSError) as error:
            raise TrialError(
                f"{args.name}: Docker at {host.url} refuses it ({describe_error(error)})."
            ) from None


def _read(args: pulumi.runtime.MockResourceArgs, inputs: type[Known]) -> Known:
    """The inputs of a resource; no value is shown, for it may be a secret."""
    try:
        return inputs.model_validate(unwrapped(args.inputs))
    except ValidationError as error:
        faults = sorted(
            {
                _fault(item["loc"], item["type"])
                for item in error.errors(include_input=False, include_url=False)
            }
        )
        told = "; ".join(faults)
        raise TrialError(
            f"{args.name}: a trial can't make this {args.typ} as it is declared: {told}. Only `make up`, with Pulumi, can."
        ) from None


def _fault(location: tuple[str | int, ...], kind: str) -> str:
    place = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in location
    ).lstrip(".")
    if kind == "extra_forbidden":
        return f"the input {place} is not known"
    return (
        f"the input {place} is missing"
        if kind == "missing"
        else f"the input {place} has a value that is not known"
    )
