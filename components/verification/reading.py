"""Reads packs from a running registry as a client would, and checks what it serves.

A registry whose storage fails may still answer its health check. It may even answer a request for
a blob with status 200 and no content.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from common.errors import UserError, root_cause
from common.packs import CREATED, MANIFEST_TYPES, REDIRECTS
from components.verification.probe import REQUEST_SECONDS, Failure, Probe

if TYPE_CHECKING:
    import urllib3

DIGEST_HEADER = "Docker-Content-Digest"
OK, NOT_FOUND, NOT_ALLOWED = 200, 404, 405
PART = 2**18
MAX_PAGES = 1000


class ReadError(UserError):
    """A registry did not answer as expected."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.request}: {failure.response}")
        self.failure = failure


@dataclass(frozen=True)
class Blob:
    """A file of a version."""

    digest: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """A manifest that was read."""

    created: str
    """Time in RFC 3339; empty if the manifest does not say it."""
    blobs: tuple[Blob, ...]
    children: tuple[str, ...]
    """Digests of the manifests that it lists."""


class PackReader:
    """Requests of one user to one server. Every method raises ReadError if one fails."""

    def __init__(self, probe: Probe, user: str, password: str) -> None:
        """Select the user.

        :param probe: the server. Its catalog path has the version of the API.
        """
        self._probe, self._user, self._password = probe, user, password
        self._prefix = probe.api.catalog_path.removesuffix("/_catalog")

    def repositories(self) -> list[str]:
        """Return the names of all repositories."""
        found: list[str] = []
        path = f"{self._probe.api.catalog_path}?n=1000"
        for _ in range(MAX_PAGES):
            response = self._get(path, (OK,))
            found += _texts(_object(response.data), "repositories")
            link = response.headers.get("Link", "")
            if "<" not in link:
                break
            following = urlsplit(urljoin(path, link.partition("<")[2].partition(">")[0]))
            path = f"{following.path}?{following.query}"
        return found

    def tags(self, repository: str) -> list[str] | None:
        """Return the versions of a pack. None if the server does not list them.

        The routes of an official pack registry are not published.
        """
        path = f"{self._prefix}/{repository}/tags/list"
        response = self._get(path, (OK, NOT_FOUND, NOT_ALLOWED))
        if response.status == OK:
            return _texts(_object(response.data), "tags")
        is_unknown_route = b"NAME_UNKNOWN" not in response.data
        return None if is_unknown_route and self._probe.api.may_lack_uploads else []

    def manifest(self, repository: str, reference: str) -> Manifest:
        """Read a manifest, and check its digest."""
        path = f"{self._prefix}/{repository}/manifests/{reference}"
        response = self._get(path, (OK,), ", ".join(MANIFEST_TYPES))
        expected = reference if ":" in reference else response.headers.get(DIGEST_HEADER, "")
        algorithm, _, digits = expected.partition(":")
        if algorithm in hashlib.algorithms_available and (
            hashlib.new(algorithm, response.data).hexdigest() != digits
        ):
            raise ReadError(self._failure(path, f"content with another digest than {expected}"))
        content = _object(response.data)
        if not content:
            raise ReadError(self._failure(path, "no manifest"))
        annotations = content.get("annotations")
        created = annotations.get(CREATED) if isinstance(annotations, Mapping) else ""
        config = [content["config"]] if isinstance(content.get("config"), dict) else []
        return Manifest(
            created if isinstance(created, str) else "",
            tuple(_blobs([*config, *_objects(content, "layers")])),
            tuple(str(each.get("digest")) for each in _objects(content, "manifests")),
        )

    def check_blob(self, repository: str, blob: Blob, limit: int) -> int:
        """Read a blob and check its digest, or at most a part of it.

        :param limit: bytes that are read at most. Of a larger blob, only the size is checked.
        :returns: the bytes that were read.
        """
        path = f"{self._prefix}/{repository}/blobs/{blob.digest}"
        response = self._get(path, (OK, *REDIRECTS), whole=False)
        try:
            if response.status in REDIRECTS:
                response = self._elsewhere(path, response)
            return self._check(path, response, blob, limit)
        finally:
            _close(response)

    def _check(self, path: str, response: urllib3.BaseHTTPResponse, blob: Blob, limit: int) -> int:
        import urllib3

        algorithm, _, digits = blob.digest.partition(":")
        found, size = hashlib.new(algorithm), 0
        try:
            for part in response.stream(PART):
                found.update(part)
                size += len(part)
                if size >= limit and blob.size > size:
                    return size
        except (urllib3.exceptions.HTTPError, OSError):
            answer = f"{OK} with {size} of {blob.size} bytes"
            raise ReadError(self._failure(path, answer)) from None
        if size != blob.size or found.hexdigest() != digits:
            answer = f"{OK} with {size} of {blob.size} bytes"
            if size == blob.size:
                answer = f"{OK} with other content: its digest is {algorithm}:{found.hexdigest()}"
            raise ReadError(self._failure(path, answer))
        return size

    def _elsewhere(self, path: str, redirect: urllib3.BaseHTTPResponse) -> urllib3.BaseHTTPResponse:
        """Follow a redirect to the server of a bucket, as clients do: without credentials."""
        import urllib3

        url = redirect.headers.get("Location", "")
        _close(redirect)
        shown = urlsplit(url)._replace(query="", fragment="").geturl()
        try:
            response = urllib3.PoolManager(timeout=REQUEST_SECONDS, retries=False).request(
                "GET", url, preload_content=False
            )
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise ReadError(self._failure(path, f"{shown}: {root_cause(error)}")) from None
        if response.status != OK:
            response.close()
            raise ReadError(self._failure(path, f"{response.status} of {shown}"))
        return response

    def _get(
        self, path: str, statuses: tuple[int, ...], accept: str = "", *, whole: bool = True
    ) -> urllib3.BaseHTTPResponse:
        found = self._probe.get(
            path, statuses, self._user, self._password, accept=accept, whole=whole
        )
        if isinstance(found, Failure):
            raise ReadError(found)
        return found

    def _failure(self, path: str, response: str) -> Failure:
        return Failure(self._probe.describe("GET", path, OK, self._user), response, OK, self._user)


def _close(response: urllib3.BaseHTTPResponse) -> None:
    """End a response whose body may be unread.

    The pool of connections has a limit, and waits for connections that do not return to it.
    """
    response.close()
    response.release_conn()


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _objects(content: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    found = content.get(key)
    return (each for each in (found if isinstance(found, list) else ()) if isinstance(each, dict))


def _texts(content: Mapping[str, Any], key: str) -> list[str]:
    found = content.get(key)
    return [each for each in (found if isinstance(found, list) else ()) if isinstance(each, str)]


def _blobs(descriptors: list[Mapping[str, Any]]) -> Iterator[Blob]:
    """Yield the blobs that the registry itself has."""
    for each in descriptors:
        digest, size = str(each.get("digest")), each.get("size")
        algorithm = digest.partition(":")[0]
        if algorithm in hashlib.algorithms_available and type(size) is int and not each.get("urls"):
            yield Blob(digest, size)
