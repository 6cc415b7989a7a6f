"""What clients have to trust, read back from the registry itself, since nothing is recorded elsewhere."""

from __future__ import annotations

import io
import tarfile

from components import pem
from components.docker_host import DockerHost
from components.server import FINGERPRINT_LABEL
from components.server_file import CERTIFICATE_DIRECTORY, CERTIFICATE_FILE
from ops.console import StoppedError
from ops.remains import remains
from trial.removal import owner


def ca_certificate(stack: str, host: DockerHost) -> str:
    """The certificates that a client of a stack's trial has to trust, in PEM.

    :raises StoppedError: where there is no trial, or it serves plain HTTP.
    """
    found = remains(host, owner(stack)).containers
    if not found:
        raise StoppedError(f"There is no trial of {stack}; bring one up with `make try STACK={stack}`.")
    servers = [identifier for identifier in found if FINGERPRINT_LABEL in getattr(host.container(identifier), "labels", {})]
    if not servers:
        raise StoppedError(f"The trial of {stack} serves plain HTTP (tls.mode is off): it has no certificate.")
    chunks, _ = host.client.api.get_archive(servers[0], f"{CERTIFICATE_DIRECTORY}/{CERTIFICATE_FILE}")
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
        file = tar.extractfile(CERTIFICATE_FILE)
        return pem.trust_anchors(file.read().decode() if file else "")
