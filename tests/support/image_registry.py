"""An image registry that requires a password, on the loopback address.

Docker accepts plain HTTP there (`--insecure-registry` includes it by default).
"""

from __future__ import annotations

import contextlib
import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass

import docker
import urllib3
from passlib.hash import bcrypt

from common.wait import wait_until
from tests.support.docker import DEVELOPMENT_IMAGE, build_image, free_port, unique_name

USER = "ci"
ENVIRONMENT = {
    "REGISTRY_AUTH": "htpasswd",
    "REGISTRY_AUTH_HTPASSWD_REALM": "images",
    "REGISTRY_AUTH_HTPASSWD_PATH": "/data/htpasswd",
}


@dataclass(frozen=True)
class ImageRegistry:
    """A running registry. `admin` writes and ``USER`` reads, both with the same password."""

    address: str
    password: str

    def push(self, name: str, lines: str) -> tuple[str, str]:
        """Build an image on top of the development image, push it, and remove it from the host.

        :returns: its reference and its digest.
        """
        reference, client = f"{self.address}/{name}", docker.from_env()
        build_image(reference, f"FROM {DEVELOPMENT_IMAGE}\n{lines}\n")
        login = {"username": "admin", "password": self.password}
        events = list(client.api.push(reference, auth_config=login, stream=True, decode=True))
        (digest,) = [each["aux"]["Digest"] for each in events if "aux" in each]
        client.images.remove(reference)
        return reference, digest


@contextlib.contextmanager
def image_registry() -> Iterator[ImageRegistry]:
    """Run a registry. The development image serves images as well as packs."""
    client, port = docker.from_env(), free_port()
    registry = ImageRegistry(f"127.0.0.1:{port}", unique_name("password"))
    name = unique_name("images")
    container = client.containers.create(
        DEVELOPMENT_IMAGE,
        name=name,
        environment=ENVIRONMENT,
        ports={"5000/tcp": ("127.0.0.1", port)},
    )
    try:
        container.put_archive("/data", _htpasswd(registry.password))
        container.start()
        assert wait_until(lambda: _is_ready(registry.address), 10)
        yield registry
    finally:
        container.remove(force=True, v=True)
        # Only list the images. Other tests remove theirs at the same time.
        for image in client.api.images():
            for reference in (*(image["RepoTags"] or ()), *(image["RepoDigests"] or ())):
                if reference.startswith(registry.address):
                    client.images.remove(reference, force=True)


def _is_ready(address: str) -> bool:
    try:
        return urllib3.request("GET", f"http://{address}/health", retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def _htpasswd(password: str) -> bytes:
    line = "".join(
        f"{user}:{bcrypt.using(rounds=5, ident='2y').hash(password)}\n" for user in ("admin", USER)
    ).encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        member = tarfile.TarInfo("htpasswd")
        member.size = len(line)
        tar.addfile(member, io.BytesIO(line))
    return packed.getvalue()
