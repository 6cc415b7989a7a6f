"""Creates the resources that a program declares, from exactly the declared inputs.

It takes the place of the Pulumi engine: Pulumi's mocks interface hands it every resource. Unknown
resource types and inputs are rejected. Nothing is stored, so there are no previews, no updates in
place, and no removal of resources that a program no longer declares.
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
from trial.providers import docker as docker_provider
from trial.providers import random as random_provider
from trial.providers import tls as tls_provider
from trial.resources import Created, Inputs, TrialError, unwrap_secrets


class DockerProvider(Inputs):
    """An explicit Docker provider: the Docker host of its resources."""

    host: str
    cert_path: str = ""


Model = TypeVar("Model", bound=Inputs)

COMPONENT = "pack-registry:index:PackRegistry"
PROVIDER = "pulumi:providers:docker"

LOCAL_TYPES: Mapping[str, tuple[type[Inputs], Callable[[Any], Created]]] = {
    "tls:index/privateKey:PrivateKey": (
        tls_provider.PrivateKey,
        tls_provider.create_private_key,
    ),
    "tls:index/selfSignedCert:SelfSignedCert": (
        tls_provider.SelfSignedCert,
        tls_provider.create_self_signed_certificate,
    ),
    "tls:index/certRequest:CertRequest": (
        tls_provider.CertRequest,
        tls_provider.create_certificate_request,
    ),
    "tls:index/locallySignedCert:LocallySignedCert": (
        tls_provider.LocallySignedCert,
        tls_provider.create_locally_signed_certificate,
    ),
    "random:index/randomPassword:RandomPassword": (
        random_provider.RandomPassword,
        random_provider.create_password,
    ),
}
"""Inputs and create function of each resource type that needs no Docker host."""

DOCKER_TYPES: Mapping[str, tuple[type[Inputs], Callable[[Any, DockerEngine, Owner], Created]]] = {
    "docker:index/volume:Volume": (docker_provider.Volume, docker_provider.create_volume),
    "docker:index/remoteImage:RemoteImage": (
        docker_provider.RemoteImage,
        docker_provider.find_image,
    ),
    "docker:index/container:Container": (
        docker_provider.Container,
        docker_provider.create_container,
    ),
}
"""Inputs and create function of each resource type on a Docker host."""


class Engine(pulumi.runtime.Mocks):
    """Creates resources, several at a time, until it is closed."""

    def __init__(self, owner: Owner) -> None:
        """Create resources for an owner. Resources of other owners are never changed."""
        self.has_started = False
        """Whether the creation of a resource on a Docker host has started."""
        self._owner = owner
        self._hosts = {"": DockerEngine()}
        self._state = threading.Condition()
        self._active = 0
        self._closed = False

    def close(self) -> None:
        """Reject further resources, and wait for those whose creation has started."""
        with self._state:
            self._closed = True
            self._state.wait_for(lambda: not self._active)

    def new_resource(
        self, args: pulumi.runtime.MockResourceArgs
    ) -> tuple[str | None, dict[str, Any]]:
        """Create a resource and return its identifier and its state: the inputs and the outputs.

        :raises TrialError: if the resource type or an input is unknown, or if the creation fails.
        """
        with self._creating():
            created = self._create(args)
        return created.identifier or None, {**args.inputs, **created.marked_outputs}

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:  # type: ignore[override]  # the SDK accepts a dict
        """Reject a call of a provider function. The program calls none."""
        raise TrialError(
            f"A trial does not support the function {args.token}. Only `make up` with Pulumi does."
        )

    @contextlib.contextmanager
    def _creating(self) -> Iterator[None]:
        with self._state:
            if self._closed:
                raise TrialError("The trial was stopped.")
            self._active += 1
        try:
            yield
        finally:
            with self._state:
                self._active -= 1
                self._state.notify_all()

    def _create(self, args: pulumi.runtime.MockResourceArgs) -> Created:
        if args.resource_id:
            raise TrialError(
                f"{args.name}: a trial does not adopt existing resources such as "
                f"{args.resource_id}."
            )
        if args.typ == COMPONENT:
            return Created("")  # Pulumi hands over its children separately
        if args.typ == PROVIDER:
            provider = _validate(args, DockerProvider)
            self._hosts[args.name] = DockerEngine(provider.host, provider.cert_path)
            return Created(args.name)
        if args.typ in LOCAL_TYPES:
            model, create = LOCAL_TYPES[args.typ]
            return create(_validate(args, model))
        if args.typ in DOCKER_TYPES:
            model, create_on_docker = DOCKER_TYPES[args.typ]
            return self._create_on_docker(args, _validate(args, model), create_on_docker)
        supported = ", ".join(sorted([*LOCAL_TYPES, *DOCKER_TYPES]))
        raise TrialError(
            f"{args.name}: a trial does not support the resource type {args.typ}. Supported types: "
            f"{supported}. Only `make up` with Pulumi supports others."
        )

    def _create_on_docker(
        self,
        args: pulumi.runtime.MockResourceArgs,
        inputs: Any,
        create: Callable[[Any, DockerEngine, Owner], Created],
    ) -> Created:
        host = self._hosts[(args.provider or "").rpartition("::")[2]]
        self.has_started = True
        try:
            return create(inputs, host, self._owner)
        except (docker.errors.DockerException, OSError) as error:
            raise TrialError(
                f"{args.name}: Docker error on {host.url}: {describe_error(error)}."
            ) from None


def _validate(args: pulumi.runtime.MockResourceArgs, model: type[Model]) -> Model:
    """Validate the inputs of a resource. The error shows no value, because it may be a secret."""
    try:
        return model.model_validate(unwrap_secrets(args.inputs))
    except ValidationError as error:
        issues = sorted(
            {
                _describe_issue(item["loc"], item["type"])
                for item in error.errors(include_input=False, include_url=False)
            }
        )
        raise TrialError(
            f"{args.name}: a trial can't create this {args.typ}: {'; '.join(issues)}. "
            "Only `make up` with Pulumi can."
        ) from None


def _describe_issue(location: tuple[str | int, ...], kind: str) -> str:
    path = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in location
    ).lstrip(".")
    if kind == "extra_forbidden":
        return f"the input {path} is not supported"
    problem = "is missing" if kind == "missing" else "has an unsupported value"
    return f"the input {path} {problem}"
