"""Errors of a Docker engine, as messages for the user."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator, Mapping

from common.errors import UserError
from common.labels import owning_stack
from components.docker.engine import DockerEngine


def describe_error(error: BaseException) -> str:
    """Return an error's message in one line; Docker's own explanation if there is one."""
    text = " ".join(str(getattr(error, "explanation", None) or error).split())
    return text.removesuffix(".")  # messages continue after it


@contextlib.contextmanager
def engine_errors(engine: DockerEngine, step: str) -> Iterator[None]:
    """Report errors of an engine as a user error.

    :param step: what the program does meanwhile, for example `the preflight check`.
    :raises UserError: if the engine can't be reached or returns an error, or if this machine's
        OpenSSL rejects a certificate for the requests to the registry.
    """
    from components.docker.connection import docker

    try:
        yield
    except ssl.SSLError as error:  # not from the connection to Docker: requests wraps those
        raise UserError(
            f"OpenSSL on this machine rejects a certificate during {step}: "
            f"{describe_error(error)}. Replace tls.clientCertificatePem, or the certificates that "
            "clients trust, with ones that have a strong key and signature."
        ) from None
    except (docker.errors.DockerException, OSError) as error:  # requests' errors are OSErrors
        raise UserError(
            f"Docker error on {engine.url} during {step}: {describe_error(error)}. "
            "Run `make up` again."
        ) from None


class ContainerNotOwnedError(Exception):
    """A container with a name of this registry belongs to another owner."""

    def __init__(self, name: str, labels: Mapping[str, str] | None) -> None:
        """Name the owner, and suggest to remove the container only if it belongs to no stack."""
        if stack := owning_stack(labels):
            advice = f"It belongs to {stack}. Set another containerName."
        else:
            advice = (
                "It does not belong to this stack. Set another containerName, or remove the "
                f"container with `docker rm -f {name}`."
            )
        super().__init__(f"containerName: a container named {name} already exists. {advice}")
