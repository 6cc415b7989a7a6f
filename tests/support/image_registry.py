"""A registry of images that asks for a password, on the loopback address, where Docker takes plain HTTP (`--insecure-registry`, its default)."""

from __future__ import annotations

import contextlib
import io
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass

import docker
import urllib3
from passlib.hash import bcrypt

from tests.support.docker import DEVELOPMENT_IMAGE, build_image, free_port, unique_name

USER = "ci"
ENVIRONMENT = {
    "REGISTRY_AUTH": "htpasswd",
    "REGISTRY_AUTH_HTPASSWD_REALM": "images",
    "REGISTRY_AUTH_HTPASSWD_PATH": "/data/htpasswd",
}


@dataclass(frozen=True)
class ImageRegistry:
    """A running registry, whose one writer is `admin` and whose reader is ``USER``, by one password."""

    address: str
    password: str

    def push(self, name: str, lines: str) -> tuple[str, str]:
        """Make an image of the development image's with other lines below it, which is then here and not on the host: its reference and digest."""
        reference, client = f"{self.address}/{name}", docker.from_env()
        build_image(reference, f"FROM {DEVELOPMENT_IMAGE}\n{lines}\n")
        login = {"username": "admin", "password": self.password}
        said = list(client.api.push(reference, auth_config=login, stream=True, decode=True))
        (digest,) = [each["aux"]["Digest"] for each in said if "aux" in each]
        client.images.remove(reference)
        return reference, digest


@contextlib.contextmanager
def image_registry() -> Iterator[ImageRegistry]:
    """Run one meanwhile; it is the development image, which serves images as well as packs."""
    client, port = docker.from_env(), free_port()
    made = ImageRegistry(f"127.0.0.1:{port}", unique_name("password"))
    name = unique_name("images")
    container = client.containers.create(
        DEVELOPMENT_IMAGE,
        name=name,
        environment=ENVIRONMENT,
        ports={"5000/tcp": ("127.0.0.1", port)},
    )
    try:
        container.put_archive("/data", _htpasswd(made.password))
        container.start()
        for _ in range(100):
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                if (
                    urllib3.request("GET", f"http://{made.address}/health", retries=False).status
                    == 200
                ):
                    break
            time.sleep(0.1)
        yield made
    finally:
        container.remove(force=True, v=True)
        for image in (
            client.api.images()
        ):  # and nothing is asked of each: other tests remove theirs meanwhile
            for reference in (*(image["RepoTags"] or ()), *(image["RepoDigests"] or ())):
                if reference.startswith(made.address):
                    client.images.remove(reference, force=True)


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
