"""A client of a pack registry, and the expectations of every registry.

It is independent of the code under test.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import ssl
import tarfile
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import docker
import urllib3

from tests.support.docker import DEVELOPMENT_IMAGE

CREATED = "org.opencontainers.image.created"
CONTRACT_ENVIRONMENT = {
    "REGISTRY_LOG_LEVEL": "info",
    "REGISTRY_AUTH": "htpasswd",
    "REGISTRY_AUTH_HTPASSWD_REALM": "Registry Realm",
    "REGISTRY_AUTH_HTPASSWD_PATH": "/auth/htpasswd-basic",
}
CONTRACT_TLS_ENVIRONMENT = {
    "REGISTRY_HTTP_TLS_CERTIFICATE": "/certs/tls.crt",
    "REGISTRY_HTTP_TLS_KEY": "/certs/tls.key",
}


@dataclass
class Client:
    """Sends requests to a registry. Trusts only one CA certificate."""

    endpoint: str
    ca_certificate: str
    user: str | None = None
    password: str = ""
    api: str = "/v1"
    """The path prefix: `/v1` for a pack registry, `/v2` for an OCI registry."""
    address: str = "127.0.0.1"
    """Address to connect to."""

    @classmethod
    def of(
        cls, outputs: dict[str, Any], user: str | None = None, password: str | None = None
    ) -> Client:
        """Create a client from a registry's outputs, as one of its users or without credentials."""
        known = outputs["users"].get(user, "") if user else ""
        api = "/" + urlsplit(outputs["catalogUrl"]).path.split("/")[1]
        return cls(
            outputs["endpoint"],
            outputs["caCertificate"],
            user,
            known if password is None else password,
            api,
        )

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> urllib3.BaseHTTPResponse:
        parts = urlsplit(self.endpoint)
        host, port = parts.hostname or "", parts.port or {"https": 443, "http": 80}[parts.scheme]
        sent = {"Host": parts.netloc, **(headers or {})}
        if self.user is not None:
            sent["Authorization"] = (
                "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            )
        if parts.scheme == "http":
            pool = urllib3.HTTPConnectionPool(self.address, port, retries=False, timeout=20)
        else:
            context = ssl.create_default_context(cadata=self.ca_certificate)
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            pool = urllib3.HTTPSConnectionPool(
                self.address,
                port,
                ssl_context=context,
                server_hostname=host,
                assert_hostname=host,
                retries=False,
                timeout=20,
            )
        with pool:
            return pool.request(method, path, body=body, headers=sent, redirect=False)

    def status(self, path: str, method: str = "GET") -> int:
        return self.request(method, path).status

    def push(self, name: str, content: bytes, version: str = "1.0.0", created: str = "") -> str:
        """Push a pack as one blob with its manifest, and return the digest of the blob.

        :param created: time in the annotation of the manifest; empty for none.
        """
        digest = self.push_blob(name, content)
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": {
                    "mediaType": "application/vnd.oci.empty.v1+json",
                    "digest": self.push_blob(name, b"{}"),
                    "size": 2,
                },
                "layers": [
                    {
                        "mediaType": "application/octet-stream",
                        "digest": digest,
                        "size": len(content),
                    }
                ],
                **({"annotations": {CREATED: created}} if created else {}),
            }
        ).encode()
        put = self.request(
            "PUT",
            f"{self.api}/{name}/manifests/{version}",
            manifest,
            {"Content-Type": "application/vnd.oci.image.manifest.v1+json"},
        )
        assert put.status == 201, f"the manifest of {name} was rejected: {put.status} {put.data!r}"
        return digest

    def push_blob(self, name: str, content: bytes) -> str:
        """Push a blob that no manifest refers to, and return its digest."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        started = self.request("POST", f"{self.api}/{name}/blobs/uploads/")
        assert started.status == 202, (
            f"no upload to {name} as {self.user}: {started.status} {started.data!r}"
        )
        location = urlsplit(started.headers["Location"])
        put = self.request(
            "PUT",
            f"{location.path}?{location.query}&digest={digest}",
            content,
            {"Content-Type": "application/octet-stream"},
        )
        assert put.status == 201, f"the blob was rejected: {put.status} {put.data!r}"
        return digest

    def pull(self, name: str, digest: str) -> bytes:
        got = self.request("GET", f"{self.api}/{name}/blobs/{digest}")
        if got.status == 307:  # the server redirects to a signed URL of S3
            got = urllib3.request("GET", got.headers["Location"], retries=False, timeout=20)
        assert got.status == 200, f"{name} could not be read: {got.status}"
        return got.data


def expect_guides_answers(outputs: dict[str, Any]) -> None:
    """Check health without credentials, the catalog with credentials, and wrong credentials."""
    assert Client.of(outputs).status("/health") == 200, "health needs no credentials"
    assert Client.of(outputs).status("/v1/_catalog") == 401, "the catalog must not be open"
    for user in outputs["users"]:
        assert Client.of(outputs, user).status("/v1/_catalog") == 200, (
            f"{user}'s own password must be accepted"
        )
        assert Client.of(outputs, user, "wrong").status("/v1/_catalog") == 401, (
            f"a wrong password of {user} must be rejected"
        )


def expect_oci_answers(outputs: dict[str, Any]) -> None:
    """Check that the API root and the catalog require valid credentials."""
    for path in ("/v2/", "/v2/_catalog"):
        assert Client.of(outputs).status(path) == 401, f"{path} must not be open"
        for user in outputs["users"]:
            assert Client.of(outputs, user).status(path) == 200, (
                f"{user}'s own password must be accepted"
            )
            assert Client.of(outputs, user, "wrong").status(path) == 401, (
                f"a wrong password of {user} must be rejected"
            )


def expect_roles(outputs: dict[str, Any]) -> None:
    """Check that `admin` reads and writes, and that every other user only reads."""
    digest = Client.of(outputs, "admin").push("packs/roles", b"a pack")
    for user in outputs["users"]:
        assert Client.of(outputs, user).pull("packs/roles", digest) == b"a pack"
        if user != "admin":
            assert (
                Client.of(outputs, user).status("/v1/packs/roles/blobs/uploads/", "POST") == 403
            ), f"{user} must not write"


def expect_contract(
    container: dict[str, Any], *, name: str, port: int, bind: str = "127.0.0.1", https: bool = True
) -> None:
    """Check a container's `docker inspect` against Palette's guide and the default hardening."""
    config, host = container["Config"], container["HostConfig"]
    assert container["Name"] == f"/{name}"
    assert host["RestartPolicy"]["Name"] == "always"
    assert host["PortBindings"] == {"5000/tcp": [{"HostIp": bind, "HostPort": str(port)}]}
    mounts = {mount["Destination"]: mount for mount in container["Mounts"]}
    assert set(mounts) == ({"/auth", "/certs", "/data"} if https else {"/auth", "/data"})
    assert [mounts[place]["RW"] for place in sorted(mounts)] == (
        [False, False, True] if https else [False, True]
    )
    sources = {place: (mount["Type"], mount["Name"]) for place, mount in mounts.items()}
    config_volume = dict.fromkeys(
        ["/auth", "/certs"] if https else ["/auth"], ("volume", f"{name}-config")
    )
    assert sources == {**config_volume, "/data": ("volume", f"{name}-data")}
    _, htpasswd = _file(container, "/auth/htpasswd-basic")
    assert [line.partition(":")[0] for line in htpasswd.splitlines()] == ["admin", "spectro"]
    assert all(
        re.fullmatch(r"[a-z]+:\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}", line)
        for line in htpasswd.splitlines()
    ), "bcrypt only"
    if https:
        mode, key = _file(container, "/certs/tls.key")
        assert "PRIVATE KEY-----" in key
        assert mode == 0o400, "only the server's user may read the key"
        assert "BEGIN CERTIFICATE" in _file(container, "/certs/tls.crt")[1]
    expected = {**CONTRACT_ENVIRONMENT, **(CONTRACT_TLS_ENVIRONMENT if https else {})}
    assert container["Image"] == docker.from_env().images.get(DEVELOPMENT_IMAGE).id, (
        "the configured image"
    )
    declared = dict(
        variable.split("=", 1) for variable in config["Env"] if not variable.startswith("PATH=")
    )
    assert declared == expected, "the environment equals that of Palette's guide"
    assert host["ReadonlyRootfs"] is True
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert host["Privileged"] is False
    assert host["Memory"] == host["MemorySwap"] == 2 * 2**30
    assert host["NanoCpus"] == 10**9
    assert host["PidsLimit"] == 256
    assert host["LogConfig"] == {
        "Type": "json-file",
        "Config": {"max-file": "3", "max-size": "10m"},
    }


def _file(container: dict[str, Any], path: str) -> tuple[int, str]:
    """Return mode and content of a file in a container."""
    chunks, _ = docker.from_env().api.get_archive(container["Id"], path)
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
        (member,) = tar.getmembers()
        content = tar.extractfile(member)
        assert content is not None, f"{path} is not a file"
        return member.mode & 0o777, content.read().decode()
