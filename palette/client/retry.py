"""Retries of requests to Palette's API.

Every request is retried after status 429 and after a failed connection attempt. Requests other than
the one that creates a registration are also retried after a closed connection and after a status
above 500. With status 500, Palette rejects an operation, so it is not retried.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import InvalidHeader
from urllib3.util.retry import Retry

TOO_MANY_REQUESTS = 429
TRANSIENT_ERRORS = range(501, 600)


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


class _BackoffRetry(Retry):
    """Retries with a pause before every attempt. urllib3 sends the second request immediately."""

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        """Return the seconds of `Retry-After`, or None if it is missing or invalid."""
        try:
            return super().get_retry_after(response)
        except InvalidHeader:
            return None

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


def create_session(host: str, policy: RetryPolicy, *, is_idempotent: bool) -> requests.Session:
    """Create a session for requests to a host.

    :param is_idempotent: whether Palette may process a request twice.
    """
    retry, limits = (
        (_BackoffRetry, {"status_forcelist": (TOO_MANY_REQUESTS, *TRANSIENT_ERRORS)})
        if is_idempotent
        else (_NonIdempotentRetry, {"status_forcelist": (TOO_MANY_REQUESTS,), "read": 0})
    )
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
    session = requests.Session()
    # Without this, requests would send a login for this host from ~/.netrc.
    session.auth = _without_login
    session.mount(host, HTTPAdapter(max_retries=retries))
    return session


def _without_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
