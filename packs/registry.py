"""A registry as a client sees it: repositories, versions, manifests and blobs.

oras-py speaks the protocol (OCI distribution specification 1.1). It trusts the registry's own CA
certificate and no other, and ignores proxies, credentials and files of the environment.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import ssl
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urljoin, urlsplit

import requests
from oras.container import Container
from oras.provider import Registry

from common.errors import UserError
from common.packs import MANIFEST_TYPES, REDIRECTS
from packs.connections import SECONDS, ReportedBody, Sender, TlsAdapter
from packs.failures import Failures

PART = 2**20
OCI_API = "v2"
PAGE = 1000
MAX_TRIED = 1024
"""Bytes of a blob that is sent as a whole without knowing whether the server takes it."""


@dataclass(frozen=True)
class Manifest:
    """A manifest as it is stored: its digest depends on every byte."""

    content: bytes
    media_type: str

    @property
    def digest(self) -> str:
        """Its digest."""
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"


class PackRegistryClient:
    """Requests to one registry as one user.

    Every method raises UserError if the registry does not answer as the specification requires.
    """

    def __init__(
        self, endpoint: str, username: str, password: str, context: ssl.SSLContext
    ) -> None:
        """Prepare the connections. The first request opens them.

        :param endpoint: URL of the registry.
        :param context: how TLS connections verify it.
        """
        parts = urlsplit(endpoint)
        self.endpoint, self._host = endpoint, parts.netloc
        self._failures = Failures(endpoint, username)
        self._oras = Registry(hostname=parts.netloc, insecure=parts.scheme == "http")
        self._new: set[str] = set()
        self._takes_whole_blobs = False
        session = self._oras.session
        session.trust_env = False
        session.mount("https://", TlsAdapter(context))
        self._sender = Sender(session, endpoint, username, password)

    def repositories(self, api: str = OCI_API) -> Iterator[str]:
        """Yield the names of all repositories that the user can read.

        :param api: version of the API in the path.
        """
        url = f"{self._oras.prefix}://{self._host}/{api}/_catalog?n={PAGE}"
        while url:
            response = self._send("GET", url, (200,))
            yield from self._list_in(response, "repositories")
            url = urljoin(url, response.links.get("next", {}).get("url", "")) or ""
            if not response.links.get("next"):
                return

    def tags(self, repository: str, api: str = OCI_API) -> list[str]:
        """Return the tags of a repository: the versions of a pack."""
        url = f"{self._oras.prefix}://{self._host}/{api}/{repository}/tags/list"
        response = self._send("GET", url, (200, 404))
        return self._list_in(response, "tags") if response.status_code == 200 else []

    def manifest(self, repository: str, reference: str) -> Manifest | None:
        """Return a manifest by tag or digest; None if there is none."""
        url = self._url(self._container(repository).manifest_url(reference))
        response = self._send("GET", url, (200, 404), headers={"Accept": ", ".join(MANIFEST_TYPES)})
        if response.status_code == 404:
            if b'"NAME_UNKNOWN"' in response.content:
                self._new.add(repository)
            return None
        return Manifest(response.content, response.headers["Content-Type"].partition(";")[0])

    def is_new(self, repository: str) -> bool:
        """Whether the registry answered that it has no such repository. Not every server does."""
        return repository in self._new

    def manifest_digest(self, repository: str, reference: str) -> str | None:
        """Return the digest of a manifest by tag; None if there is none.

        A server that counts downloads does not count this request.
        """
        url = self._url(self._container(repository).manifest_url(reference))
        headers = {"Accept": ", ".join(MANIFEST_TYPES)}
        response = self._send("HEAD", url, (200, 404), headers=headers)
        if response.status_code == 404:
            return None
        if digest := response.headers.get("Docker-Content-Digest"):
            return digest
        manifest = self.manifest(repository, reference)  # the header is optional
        return manifest.digest if manifest else None

    def put_manifest(self, repository: str, reference: str, manifest: Manifest) -> None:
        """Store a manifest under a tag or its digest."""
        url = self._url(self._container(repository).manifest_url(reference))
        headers = {"Content-Type": manifest.media_type}
        self._send("PUT", url, (201,), headers=headers, data=manifest.content)

    def delete_manifest(self, repository: str, reference: str) -> int:
        """Delete a tag, or by its digest a manifest with all of its tags.

        :returns: the status: 202 if it was deleted, 404 if there is none, 405 if the server
            forbids it, and 400 if the server can't delete a tag alone.
        """
        url = self._url(self._container(repository).manifest_url(reference))
        return self._send("DELETE", url, (202, 400, 404, 405)).status_code

    def has_blob(self, repository: str, digest: str) -> bool:
        """Return whether a repository has a blob."""
        url = self._url(self._container(repository).get_blob_url(digest))
        response = self._send("HEAD", url, (200, 404, *REDIRECTS))
        return response.status_code != 404

    def read_blob(self, repository: str, digest: str) -> Iterator[bytes] | None:
        """Read a blob in parts. None if the registry sends its readers to another server.

        CNCF Distribution does so if a bucket has the packs.
        """
        url = self._url(self._container(repository).get_blob_url(digest))
        response = self._send("GET", url, (200, *REDIRECTS), stream=True)
        if response.status_code != 200:
            response.close()
            return None
        return self._parts(f"GET {url}", response)

    def download_blob(
        self, repository: str, digest: str, file: Path, limit: int | None = None
    ) -> int:
        """Write a blob to a file, check its digest, and return its size in bytes.

        :param limit: bytes that it may have at most.
        """
        found, size = hashlib.sha256(), 0
        with (
            contextlib.closing(self.blob_parts(repository, digest)) as parts,
            file.open("wb") as written,
        ):
            for part in parts:
                size += len(part)
                if limit is not None and size > limit:
                    raise UserError(
                        f"The blob {digest} of {repository} in {self.endpoint} is damaged: it has "
                        f"more than its {limit} bytes. Push the pack again."
                    )
                written.write(part)
                found.update(part)
        if digest != f"sha256:{found.hexdigest()}":
            raise UserError(
                f"The blob {digest} of {repository} in {self.endpoint} is damaged: its content has "
                "another digest. Push the pack again."
            )
        return size

    def blob_parts(self, repository: str, digest: str) -> Generator[bytes, None, None]:
        """Yield the parts of a blob. The caller checks the digest."""
        url = self._url(self._container(repository).get_blob_url(digest))
        response = self._send("GET", url, (200, *REDIRECTS), stream=True)
        if response.status_code != 200:
            response = self._elsewhere(response)
        yield from self._parts(f"GET {url}", response)

    def upload_blob(self, repository: str, digest: str, file: Path) -> None:
        """Store a blob."""
        with file.open("rb") as content:
            self.add_blob(repository, digest, content)

    def add_blob(
        self,
        repository: str,
        digest: str,
        content: BinaryIO,
        *,
        source: str | None = None,
        report: Callable[[int], None] = lambda _: None,
    ) -> bool:
        """Store a blob, if the repository does not have it. Return whether it was sent.

        The request that starts an upload also asks for a mount. A mount from the repository itself
        succeeds if the blob is there, which saves a request for each blob. A new repository has no
        blob: then one request is enough, if the server takes whole blobs.

        :param source: a repository to mount the blob from; None for the repository itself.
        :param report: called with the bytes of each part that was sent.
        """
        url = self._url(self._container(repository).upload_blob_url())
        headers = {"Content-Type": "application/octet-stream"}
        is_small = content.seek(0, os.SEEK_END) <= MAX_TRIED
        is_tried = self._takes_whole_blobs or (is_small and not source)
        if is_tried and self.is_new(repository):
            body = {"headers": headers, "data": ReportedBody(content, report)}
            try:
                started = self._send("POST", f"{url}?digest={quote(digest)}", (201, 202), **body)
            except UserError:
                self._new.discard(repository)  # a repetition asks for the blob first
                raise
            is_sent = self._takes_whole_blobs = started.status_code == 201
        else:
            mount = f"{url}?mount={digest}&from={source or repository}"
            started, is_sent = self._send("POST", mount, (201, 202)), False
        if started.status_code == 201:
            return is_sent
        # The password must not go to another server, whatever the header says.
        place = urlsplit(urljoin(url, started.headers.get("Location", "")))
        query = f"{place.query}&" if place.query else ""
        target = self._url(f"{self._host}{place.path}?{query}digest={quote(digest)}")
        self._send("PUT", target, (201,), headers=headers, data=ReportedBody(content, report))
        return True

    def _list_in(self, response: requests.Response, key: str) -> list[str]:
        """Return a list of texts of a response. Servers write an empty one as null."""
        try:
            found = response.json()[key] or []
        except (ValueError, RecursionError, KeyError, TypeError):
            found = None
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise self._failures.status(f"GET {response.url}", response)
        return found

    def _container(self, repository: str) -> Container:
        return Container(f"{self._host}/{repository}")

    def _url(self, path: str) -> str:
        return f"{self._oras.prefix}://{path}"

    def _send(
        self, method: str, url: str, expected: tuple[int, ...], **options: Any
    ) -> requests.Response:
        request = f"{method} {url}"
        try:
            response = self._sender.send(method, url, **options)
        except (requests.RequestException, OSError) as error:
            raise self._failures.connection(request, error) from None
        self._check(request, response, expected)
        return response

    def _parts(self, request: str, response: requests.Response) -> Iterator[bytes]:
        try:
            with response:
                yield from response.iter_content(PART)
        except (requests.RequestException, OSError) as error:
            raise self._failures.connection(request, error) from None

    def _elsewhere(self, redirect: requests.Response) -> requests.Response:
        """Follow a redirect to the server of a bucket: without credentials, with public CAs."""
        url = redirect.headers.get("Location", "")
        request = f"GET {urlsplit(url)._replace(query='', fragment='').geturl()}"
        redirect.close()
        try:
            with requests.Session() as session:
                session.trust_env = False
                response = session.get(url, timeout=SECONDS, stream=True)
        except (requests.RequestException, OSError) as error:
            raise self._failures.connection(request, error) from None
        self._check(request, response, (200,))
        return response

    def _check(self, request: str, response: requests.Response, expected: tuple[int, ...]) -> None:
        if response.status_code not in expected:
            raise self._failures.status(request, response)
