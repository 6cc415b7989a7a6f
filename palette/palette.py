"""A client of Palette's API, for the requests that a registration needs.

Repeats what may be repeated: every request after 429, as late as Retry-After says, and after a connection that could not be made; all but the
one that creates also after 5xx and after a connection that broke. Left out on purpose: the bodies (``palette/bodies.py``) and how errors
are worded (``palette/palette_error.py``).
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from palette import bodies
from palette.palette_error import Attempt, PaletteError, no_answer, refusal, strange, without

TOO_MANY = 429
FAILURES = range(500, 600)
MOST_PAGES = 200


@dataclass(frozen=True)
class Patience:
    """How long Palette is waited for."""

    tries: int = 5
    """How often a request is sent, the first time included."""
    backoff: float = 0.5
    """Seconds before the second attempt; doubled for each further one."""
    longest_pause: float = 30.0
    """Seconds between two attempts at most, whatever Palette asks for."""
    connect_seconds: float = 10.0
    read_seconds: float = 60.0


PATIENT = Patience()
"""How long a user's update waits."""


@dataclass(frozen=True)
class SyncStatus:
    """How far Palette is with reading a registry."""

    status: str
    """Palette's word for it, which may be any."""
    message: str
    last_run: str
    last_synced: str
    supported: bool

    @classmethod
    def of(cls, body: Mapping[str, Any], secrets: Collection[str]) -> SyncStatus:
        """What an answer says; all of it may be missing, and what is secret is not kept."""
        told = (
            without(secrets, str(body.get(key) or ""))
            for key in ("status", "message", "lastRunTime", "lastSyncedTime")
        )
        status, message, last_run, last_synced = told
        return cls(status, message, last_run, last_synced, body.get("isSyncSupported") is not False)


class _Repeating(Retry):
    """Pauses before every attempt but the first: urllib3 would send the second at once, which is what an API that is busy needs least."""

    def get_backoff_time(self) -> float:
        """Seconds until the next attempt."""
        pause: float = self.backoff_factor * 2 ** (len(self.history) - 1) + random.uniform(
            0, self.backoff_jitter
        )
        return min(pause, self.backoff_max)


class _Once(_Repeating):
    """For the request that creates: 503 may come from a proxy after Palette has done it, so it is no reason to send it again."""

    RETRY_AFTER_STATUS_CODES = frozenset({TOO_MANY})


class Palette:
    """Palette's API at one host, in one scope, for registrations of one kind."""

    def __init__(
        self,
        host: str,
        api_key: str,
        project_uid: str = "",
        patience: Patience = PATIENT,
        password: str = "",
        kind: bodies.Kind = bodies.PACK,
    ) -> None:
        """Connect at first use.

        :param project_uid: the project to work in; empty for the tenant.
        :param password: the registry's, if Palette knows it already: it is not to be shown, whatever Palette says.
        """
        self.host = host
        self._kind = kind
        self._secrets = {api_key, password}
        self._patience = patience
        self._headers = {
            "ApiKey": api_key,
            "Accept": "application/json",
            **({"ProjectUid": project_uid} if project_uid else {}),
        }
        self._repeating = self._session(_Repeating, status_forcelist=(TOO_MANY, *FAILURES))
        self._once = self._session(_Once, status_forcelist=(TOO_MANY,), read=0)

    def validate(self, registration: bodies.Registration) -> None:
        """Have Palette try a registry: its endpoint, its certificate, the credentials."""
        self._secrets |= registration.secrets
        self._send(
            f"validate the registry {registration.endpoint}",
            "POST",
            self._kind.validation,
            json=registration.spec,
        )

    def find(self, name: str) -> dict[str, Any] | None:
        """The registration of a name, as far as the list shows it, its UID at least, or nothing."""
        purpose = f"look for a registration named {name}"
        attempt = Attempt(purpose, "GET", self.host + self._kind.listed)
        taken: dict[str, Any] = {"limit": bodies.PAGE, "offset": 0} if self._kind.in_pages else {}
        for _ in range(MOST_PAGES):
            page = self._asked(purpose, self._kind.listed, taken)
            items = bodies.items_of(page)
            if items is None:
                raise strange(attempt, "its items are no list")
            for item in items:
                if bodies.name_of(item) == name:
                    if not bodies.uid_of(item):
                        raise strange(attempt, "the registration has no uid")
                    return item
            further = bodies.next_page_of(page)
            if not items or not self._kind.in_pages or (not further and len(items) < bodies.PAGE):
                return None
            taken = {
                "limit": bodies.PAGE,
                "offset": taken["offset"] + len(items),
                **({"continue": further} if further else {}),
            }
        return None

    def read(self, uid: str) -> dict[str, Any] | None:
        """A registration in full, or nothing where there is none."""
        try:
            return self._asked(f"read the registration {uid}", self._kind.registration_path(uid))
        except PaletteError as error:
            if error.status == requests.codes.not_found:
                return None
            raise

    def create(self, registration: bodies.Registration) -> str:
        """Make a registration; its UID.

        :raises UnknownOutcomeError: where it may have been made all the same.
        """
        self._secrets |= registration.secrets
        attempt = f"register {registration.name}"
        uid = bodies.uid_of(
            self._json(
                attempt,
                "POST",
                self._kind.registrations,
                json=registration.entity,
                session=self._once,
            )
        )
        if not uid:
            raise strange(
                Attempt(attempt, "POST", self.host + self._kind.registrations),
                "the answer has no uid",
            )
        return uid

    def update(self, uid: str, registration: bodies.Registration) -> None:
        """Bring a registration in line."""
        self._secrets |= registration.secrets
        self._send(
            f"change the registration {registration.name}",
            "PUT",
            self._kind.registration_path(uid),
            json=registration.entity,
        )

    def delete(self, uid: str, name: str) -> None:
        """Remove a registration; that there is none is as good."""
        try:
            self._send(
                f"remove the registration {name}", "DELETE", self._kind.registration_path(uid)
            )
        except PaletteError as error:
            if error.status != requests.codes.not_found:
                raise

    def start_sync(self, uid: str, name: str) -> None:
        """Have Palette read a registry now."""
        self._send(
            f"start the sync of {name}",
            "POST",
            self._kind.sync_path(uid),
            params={"forceSync": "false"},
        )

    def sync_status(self, uid: str, name: str) -> SyncStatus:
        """How far Palette is with it."""
        return SyncStatus.of(
            self._asked(f"tell how the sync of {name} goes", self._kind.sync_status_path(uid)),
            self._secrets,
        )

    def _session(self, kind: type[_Repeating], **limits: Any) -> requests.Session:
        repeats = self._patience.tries - 1
        retry = kind(
            total=repeats,
            other=0,  # a certificate that is not trusted does not get better
            allowed_methods=None,
            backoff_factor=self._patience.backoff,
            backoff_max=self._patience.longest_pause,
            backoff_jitter=self._patience.backoff / 2,
            retry_after_max=int(self._patience.longest_pause),
            raise_on_status=False,
            **limits,
        )
        session = requests.Session()
        session.auth = _as_it_is  # else a login of ~/.netrc for that host would be sent along
        session.mount(self.host, HTTPAdapter(max_retries=retry))
        return session

    def _asked(
        self, purpose: str, path: str, params: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return self._json(purpose, "GET", path, params=params)

    def _json(self, purpose: str, method: str, path: str, **request: Any) -> dict[str, Any]:
        response = self._send(purpose, method, path, **request)
        try:
            body = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise strange(
                Attempt(purpose, method, self.host + path),
                "the answer is not the JSON that it must be",
            )
        return body

    def _send(
        self,
        purpose: str,
        method: str,
        path: str,
        *,
        session: requests.Session | None = None,
        **request: Any,
    ) -> requests.Response:
        """Send a request, and see that it is answered with success."""
        attempt = Attempt(purpose, method, self.host + path)
        limits = (self._patience.connect_seconds, self._patience.read_seconds)
        try:
            response = (session or self._repeating).request(
                method,
                self.host + path,
                headers=self._headers,
                timeout=limits,
                allow_redirects=False,
                **request,
            )
        except requests.RequestException as error:
            raise no_answer(attempt, error, self._patience.read_seconds) from None
        if not 200 <= response.status_code < 300:
            raise refusal(attempt, response, self._secrets)
        return response


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Send a request with the headers that it has."""
    return request
