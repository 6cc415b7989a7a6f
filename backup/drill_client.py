"""What a drill requests from the server with the restored packs, as one of its users."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from backup.drill_credentials import HOSTNAME
from backup.errors import BackupError
from common.packs import MANIFEST_TYPES
from components.verification.tls_client import TlsTrust, tls_context

if TYPE_CHECKING:
    import urllib3

SECONDS = 60.0
_NO_ROUTE = (404, 405)


class DrillClient:
    """Requests of one user. No proxy is used."""

    def __init__(self, address: str, port: int, certificate: str, prefix: str) -> None:
        """Prepare the connections.

        :param prefix: path of the API: `/v1` for a pack registry, `/v2` for an OCI registry.
        """
        import urllib3

        self._prefix, self._headers = prefix, {"Host": f"{HOSTNAME}:{port}"}
        self._pool = urllib3.HTTPSConnectionPool(
            address,
            port,
            ssl_context=tls_context(TlsTrust(certificate)),
            server_hostname=HOSTNAME,
            assert_hostname=HOSTNAME,
            timeout=SECONDS,
            retries=False,
        )

    def log_in(self, user: str, password: str) -> None:
        """Send the next requests as a user."""
        import urllib3

        self._headers |= urllib3.make_headers(basic_auth=f"{user}:{password}")

    def answers(self, path: str) -> bool:
        """Return whether the server answers."""
        import urllib3

        try:
            return self._get(path, ()).status in (200, 401)
        except (urllib3.exceptions.HTTPError, OSError):
            return False

    def catalog(self) -> list[str] | None:
        """Return the names of all repositories; None if the server has a list of another form."""
        names: list[str] = []
        path = f"{self._prefix}/_catalog?n=1000"
        while path:
            response = self._get(path, (200,))
            found = _json(response)
            if not isinstance(found, dict) or "repositories" not in found:
                return None
            names += found["repositories"] or []
            link = response.headers.get("Link", "")
            path = urljoin(path, link.partition("<")[2].partition(">")[0]) if link else ""
        return names

    def tags(self, repository: str) -> list[str] | None:
        """Return the tags of a repository; None if a pack registry has no such route."""
        is_optional = self._prefix == "/v1"
        expected = (200, *(_NO_ROUTE if is_optional else ()))
        response = self._get(f"{self._prefix}/{repository}/tags/list", expected)
        return list(_json(response).get("tags") or []) if response.status == 200 else None

    def pull(self, repository: str, tag: str) -> None:
        """Read a version with all its content, and check the digests.

        :raises BackupError: if it can't be read.
        """
        if self.tags(repository) is None:
            return
        self._pull(repository, tag)

    def _pull(self, repository: str, reference: str) -> None:
        accept = {"Accept": ", ".join(MANIFEST_TYPES)}
        path = f"{self._prefix}/{repository}/manifests/{reference}"
        content = self._get(path, (200,), accept).data
        if ":" in reference:
            _check(reference, content)
        manifest = json.loads(content)
        for child in manifest.get("manifests", []):
            self._pull(repository, child["digest"])
        blobs = [manifest["config"]] if "config" in manifest else []
        for blob in [*blobs, *manifest.get("layers", [])]:
            if not blob.get("urls"):
                path = f"{self._prefix}/{repository}/blobs/{blob['digest']}"
                _check(blob["digest"], self._get(path, (200,)).data)

    def _get(
        self, path: str, expected: tuple[int, ...], headers: dict[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        response = self._pool.request("GET", path, headers={**self._headers, **(headers or {})})
        if expected and response.status not in expected:
            raise BackupError(
                f"The server with the restored packs did not answer as expected.\n  Request: GET "
                f"{path}\n  Response: {response.status}"
            )
        return response


def _json(response: urllib3.BaseHTTPResponse) -> Any:
    try:
        return json.loads(response.data)
    except ValueError:
        return None


def _check(digest: str, content: bytes) -> None:
    algorithm, _, digits = digest.partition(":")
    if hashlib.new(algorithm, content).hexdigest() != digits:
        raise BackupError(f"The server with the restored packs serves {digest} with other content.")
