"""Requests to Palette's API, with retries.

Every request is retried after status 429 and after a failed connection attempt. Requests other than
the one that creates a registration are also retried after status 5xx and a closed connection.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from palette.client import api
from palette.client.errors import (
    PaletteError,
    Request,
    connection_failure,
    error_response,
    redact,
    unexpected_response,
)

TOO_MANY_REQUESTS = 429
SERVER_ERRORS = range(500, 600)
MAX_PAGES = 200


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long the client waits for Palette. All times are in seconds."""

    attempts: int = 5
    """Maximum number of requests, including the first one."""
    backoff: float = 0.5
    """Pause before the second attempt. It doubles with each further attempt."""
    max_pause: float = 30.0
    """Maximum pause between two attempts. It also limits ``Retry-After``."""
    connect_timeout: float = 10.0
    read_timeout: float = 60.0


DEFAULT_RETRY_POLICY = RetryPolicy()


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
    def of(cls, body: Mapping[str, Any], secrets: Collection[str]) -> SyncStatus:
        """Read a status from a response body. Every field may be missing. Secrets are redacted."""
        status, message, last_run, last_synced = (
            redact(secrets, str(body.get(key) or ""))
            for key in ("status", "message", "lastRunTime", "lastSyncedTime")
        )
        return cls(status, message, last_run, last_synced, body.get("isSyncSupported") is not False)


class _BackoffRetry(Retry):
    """Retries with a pause before every attempt. urllib3 sends the second request immediately."""

    def get_backoff_time(self) -> float:
        """Return the seconds until the next attempt."""
        jitter = random.uniform(0, self.backoff_jitter)  # noqa: S311 - not security-relevant
        pause: float = self.backoff_factor * 2 ** (len(self.history) - 1) + jitter
        return min(pause, self.backoff_max)


class _NonIdempotentRetry(_BackoffRetry):
    """Retries a request that creates something.

    Status 503 may come from a proxy although Palette has processed the request, so it is not
    retried.
    """

    RETRY_AFTER_STATUS_CODES = frozenset({TOO_MANY_REQUESTS})


class PaletteClient:
    """Client of one Palette host, for one scope and one kind of registry."""

    def __init__(
        self,
        host: str,
        api_key: str,
        project_uid: str = "",
        retry_policy: RetryPolicy = DEFAULT_RETRY_POLICY,
        password: str = "",
        kind: api.RegistryKind = api.PACK,
    ) -> None:
        """Create a client. It connects with the first request.

        :param project_uid: the project to use. If it is empty, the tenant is used.
        :param password: the registry's password, to redact it in messages of Palette.
        """
        self.host = host
        self._kind = kind
        self._secrets = {api_key, password}
        self._retry_policy = retry_policy
        self._headers = {
            "ApiKey": api_key,
            "Accept": "application/json",
            **({"ProjectUid": project_uid} if project_uid else {}),
        }
        self._session = self._create_session(
            _BackoffRetry, status_forcelist=(TOO_MANY_REQUESTS, *SERVER_ERRORS)
        )
        self._create_only_session = self._create_session(
            _NonIdempotentRetry, status_forcelist=(TOO_MANY_REQUESTS,), read=0
        )

    def validate(self, registration: api.Registration) -> None:
        """Let Palette test the endpoint, the certificate and the credentials of a registry."""
        self._secrets |= registration.secrets
        self._send(
            f"validate the registry {registration.endpoint}",
            "POST",
            self._kind.validate_path,
            json=registration.spec,
        )

    def find(self, name: str) -> dict[str, Any] | None:
        """Return the list entry of the registration with a name, which has at least its UID."""
        purpose = f"find a registration named {name}"
        request = Request(purpose, "GET", self.host + self._kind.list_path)
        paginated = self._kind.is_paginated
        params: dict[str, Any] = {"limit": api.PAGE_SIZE, "offset": 0} if paginated else {}
        for _ in range(MAX_PAGES):
            page = self._get(purpose, self._kind.list_path, params)
            items = api.items_of(page)
            if items is None:
                raise unexpected_response(request, "the field items is not a list")
            for item in items:
                if api.name_of(item) == name:
                    if not api.uid_of(item):
                        raise unexpected_response(request, "the registration has no UID")
                    return item
            token = api.next_page_of(page)
            is_last = not items or (not token and len(items) < api.PAGE_SIZE)
            if is_last or not paginated:
                return None
            params = {"limit": api.PAGE_SIZE, "offset": params["offset"] + len(items)}
            params |= {"continue": token} if token else {}
        return None

    def read(self, uid: str) -> dict[str, Any] | None:
        """Return a registration, or None if it does not exist."""
        try:
            return self._get(f"read the registration {uid}", self._kind.registration_path(uid))
        except PaletteError as error:
            if error.status == requests.codes.not_found:
                return None
            raise

    def create(self, registration: api.Registration) -> str:
        """Create a registration and return its UID.

        :raises UnknownOutcomeError: if the registration may exist despite the error.
        """
        self._secrets |= registration.secrets
        purpose = f"register {registration.name}"
        body = self._json(
            purpose,
            "POST",
            self._kind.create_path,
            json=registration.entity,
            session=self._create_only_session,
        )
        if not (uid := api.uid_of(body)):
            request = Request(purpose, "POST", self.host + self._kind.create_path)
            raise unexpected_response(request, "the response has no UID")
        return uid

    def update(self, uid: str, registration: api.Registration) -> None:
        """Update a registration in place."""
        self._secrets |= registration.secrets
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
            if error.status != requests.codes.not_found:
                raise

    def start_sync(self, uid: str, name: str) -> None:
        """Start a sync."""
        self._send(
            f"start the sync of {name}",
            "POST",
            self._kind.sync_path(uid),
            params={"forceSync": "false"},
        )

    def sync_status(self, uid: str, name: str) -> SyncStatus:
        """Return the status of the sync."""
        purpose = f"read the sync status of {name}"
        return SyncStatus.of(self._get(purpose, self._kind.sync_status_path(uid)), self._secrets)

    def _create_session(self, retry: type[_BackoffRetry], **limits: Any) -> requests.Session:
        policy = self._retry_policy
        session = requests.Session()
        # Without this, requests would send a login for this host from ~/.netrc.
        session.auth = _without_login
        retries = retry(
            total=policy.attempts - 1,
            other=0,  # an untrusted certificate does not become trusted
            allowed_methods=None,
            backoff_factor=policy.backoff,
            backoff_max=policy.max_pause,
            backoff_jitter=policy.backoff / 2,
            retry_after_max=int(policy.max_pause),
            raise_on_status=False,
            **limits,
        )
        session.mount(self.host, HTTPAdapter(max_retries=retries))
        return session

    def _get(
        self, purpose: str, path: str, params: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return self._json(purpose, "GET", path, params=params)

    def _json(self, purpose: str, method: str, path: str, **options: Any) -> dict[str, Any]:
        response = self._send(purpose, method, path, **options)
        try:
            body = response.json()
        except ValueError:
            body = None
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

        :raises PaletteError: if there is no response, or its status is not 2xx.
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
            raise error_response(request, response, self._secrets)
        return response


def _without_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
