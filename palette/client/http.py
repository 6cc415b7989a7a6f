"""Requests to Palette's API. :mod:`palette.client.retry` says which of them are retried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from common.redaction import redact, register_secrets
from palette.client import api
from palette.client.errors import (
    PaletteError,
    Request,
    connection_failure,
    error_response,
    json_body,
    unexpected_response,
)
from palette.client.retry import DEFAULT_RETRY_POLICY, RetryPolicy, create_session

MAX_PAGES = 200


@dataclass(frozen=True)
class SyncStatus:
    """Status of a sync, as Palette reports it."""

    status: str
    """Any string. Palette's API document lists no values."""
    message: str
    last_run: str
    last_synced: str
    supported: bool

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> SyncStatus:
        """Read a status from a response body. Every field may be missing. Secrets are redacted."""
        status, message, last_run, last_synced = (
            redact(str(body.get(key) or ""))
            for key in ("status", "message", "lastRunTime", "lastSyncedTime")
        )
        return cls(status, message, last_run, last_synced, body.get("isSyncSupported") is not False)


class PaletteClient:
    """Client of one Palette host, for one kind of registry."""

    def __init__(
        self,
        host: str,
        api_key: str,
        retry_policy: RetryPolicy = DEFAULT_RETRY_POLICY,
        password: str = "",
        kind: api.RegistryKind = api.PACK,
    ) -> None:
        """Create a client. It connects with the first request.

        :param password: the registry's password, to remove it from messages of Palette.
        """
        self.host = host
        self._kind = kind
        register_secrets(api_key, password)
        self._retry_policy = retry_policy
        self._headers = {"ApiKey": api_key, "Accept": "application/json"}
        self._session = create_session(host, retry_policy, is_idempotent=True)
        self._create_only_session = create_session(host, retry_policy, is_idempotent=False)

    def validate(self, registration: api.Registration) -> None:
        """Let Palette test the endpoint, the certificate and the credentials of a registry."""
        register_secrets(registration.secrets)
        self._send(
            f"validate the registry {registration.endpoint}",
            "POST",
            self._kind.validate_path,
            json=registration.spec,
        )

    def find(self, registration: api.Registration) -> dict[str, Any] | None:
        """Return the list entry of the registration with the same name.

        If several have the name, one that can become the given registration comes first.
        """
        found = self._find_all(registration.name)
        suitable = (item for item in found if not registration.mismatch(item))
        return next(suitable, next(iter(found), None))

    def _find_all(self, name: str) -> list[dict[str, Any]]:
        purpose = f"find a registration named {name}"
        path, paginated = self._kind.list_path, self._kind.is_paginated
        found = []
        for item in self._items(purpose, "GET", path, paginated=paginated):
            if api.name_of(item) == name:
                if not api.uid_of(item):
                    request = Request(purpose, "GET", self.host + path)
                    raise unexpected_response(request, "the registration has no UID")
                found.append(item)
        return found

    def _items(
        self, purpose: str, method: str, path: str, *, paginated: bool = True, **options: Any
    ) -> Iterator[dict[str, Any]]:
        """Yield the items of all pages of a list."""
        params: dict[str, Any] = {"limit": api.PAGE_SIZE, "offset": 0} if paginated else {}
        for _ in range(MAX_PAGES):
            page = self._json(purpose, method, path, params=params, **options)
            items = api.items_of(page)
            if items is None:
                request = Request(purpose, method, self.host + path)
                raise unexpected_response(request, "the field items is not a list")
            yield from items
            token = api.next_page_of(page)
            is_last = not items or (not token and len(items) < api.PAGE_SIZE)
            if is_last or not paginated:
                return
            params = {"limit": api.PAGE_SIZE, "offset": params["offset"] + len(items)}
            params |= {"continue": token} if token else {}

    def read(self, uid: str) -> dict[str, Any] | None:
        """Return a registration, or None if it does not exist."""
        try:
            return self._get(f"read the registration {uid}", self._kind.registration_path(uid))
        except PaletteError as error:
            if error.is_missing_resource:
                return None
            raise

    def create(self, registration: api.Registration) -> str:
        """Create a registration and return its UID. This does not start a sync.

        :raises UnknownOutcomeError: if the registration may exist despite the error.
        """
        register_secrets(registration.secrets)
        purpose = f"register {registration.name}"
        body = self._json(
            purpose,
            "POST",
            self._kind.create_path,
            params={"skipPackSync": "true"},
            json=registration.entity,
            session=self._create_only_session,
        )
        if not (uid := api.uid_of(body)):
            request = Request(purpose, "POST", self.host + self._kind.create_path)
            raise unexpected_response(request, "the response has no UID")
        return uid

    def update(self, uid: str, registration: api.Registration) -> None:
        """Update a registration in place."""
        register_secrets(registration.secrets)
        self._send(
            f"update the registration {registration.name}",
            "PUT",
            self._kind.registration_path(uid),
            json=registration.entity,
        )

    def delete(self, uid: str, name: str) -> None:
        """Remove a registration, if it exists."""
        path = self._kind.registration_path(uid)
        try:
            self._send(f"remove the registration {name}", "DELETE", path)
        except PaletteError as error:
            if not error.is_missing_resource:
                raise

    def start_sync(self, uid: str, name: str, *, force: bool = False) -> None:
        """Start a sync."""
        self._send(
            f"start the sync of {name}",
            "POST",
            self._kind.sync_path(uid),
            params={"forceSync": "true" if force else "false"},
        )

    def sync_status(self, uid: str, name: str) -> SyncStatus:
        """Return the status of the sync."""
        purpose = f"read the sync status of {name}"
        return SyncStatus.of(self._get(purpose, self._kind.sync_status_path(uid)))

    def count_packs(self, uid: str, name: str) -> int | None:
        """Return how many packs of a registry Palette has, or None if it does not say."""
        body = self._json(
            f"count the packs of {name}",
            "POST",
            api.PACK_SEARCH_PATH,
            params={"limit": 1},
            json=api.pack_search(uid),
        )
        return api.pack_count_of(body)

    def newest_versions(self, uid: str, name: str) -> dict[str, str]:
        """Return the packs of a registry that Palette has, with the newest version of each.

        Palette's search does not name older versions.
        """
        purpose = f"list the packs of {name}"
        body = api.pack_search(uid)
        items = self._items(purpose, "POST", api.PACK_SEARCH_PATH, json=body)
        return dict(api.newest_version_of(item, uid) for item in items)

    def _get(
        self, purpose: str, path: str, params: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return self._json(purpose, "GET", path, params=params)

    def _json(self, purpose: str, method: str, path: str, **options: Any) -> dict[str, Any]:
        body = json_body(self._send(purpose, method, path, **options))
        if not isinstance(body, dict):
            request = Request(purpose, method, self.host + path)
            raise unexpected_response(request, "the response is not a JSON object")
        return body

    def _send(
        self,
        purpose: str,
        method: str,
        path: str,
        *,
        session: requests.Session | None = None,
        **options: Any,
    ) -> requests.Response:
        """Send a request.

        :raises PaletteError: if there is no response, if its status is not 2xx, or if it is a page
            of another server.
        """
        request = Request(purpose, method, self.host + path)
        policy = self._retry_policy
        try:
            response = (session or self._session).request(
                method,
                self.host + path,
                headers=self._headers,
                timeout=(policy.connect_timeout, policy.read_timeout),
                allow_redirects=False,
                **options,
            )
        except requests.RequestException as error:
            raise connection_failure(request, error, policy.read_timeout) from None
        if not 200 <= response.status_code < 300:
            raise error_response(request, response)
        if response.content.strip() and json_body(response) is None:
            # A login page with status 200 would otherwise count as a removed registration.
            raise unexpected_response(request, "the response is not a JSON object")
        return response
