"""TODO describe."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from common.errors import UserError
from common.labels import owning_stack

if TYPE_CHECKING:
    pass
from components.docker.engine import DockerEngine


def describe_error(error: BaseException) -> str:
    """What went wrong, in Docker's own words where it has any, in one line."""
    return " ".join(str(getattr(error, "explanation", None) or error).split())


@contextlib.contextmanager
def engine_errors(host: DockerEngine, doing: str) -> Iterator[None]:
    """Tell in a sentence what goes wrong on a Docker host meanwhile.

    :param doing: what is done there, in words.
    :raises UserError: where the host can't be reached, or refuses; or where this machine refuses the certificates that the registry is asked with.
    """
    from components.docker.connection import docker

    try:
        yield
    except ssl.SSLError as error:  # requests wraps its own: this one is of no connection to Docker
        raise UserError(
            f"This machine's OpenSSL refuses a certificate that the registry is to be asked with ({describe_error(error)}); have "
            "tls.clientCertificatePem issued anew, or what clients are to trust, with a key and a signature that are not weak."
        ) from None
    except (docker.errors.DockerException, OSError) as error:  # requests' own errors are such, too
        raise UserError(
            f"Docker at {host.url} failed while {doing} ({describe_error(error)}); run `make up` again."
        ) from None


class ContainerNotOwnedError(Exception):
    """A container of our name was not made by this stack."""

    def __init__(self, name: str, labels: Mapping[str, str] | None) -> None:
        """Say what to do about it; a container of another stack is no one's to remove."""
        mend = (
            f"it is of {stack}: set another containerName"
            if (stack := owning_stack(labels))
            else (f"set another containerName, or remove that container with `docker rm -f {name}`")
        )
        super().__init__(
            f"containerName: a container named {name} is there already and does not belong to this stack; {mend}"
        )
