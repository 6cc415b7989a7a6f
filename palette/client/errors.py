"""Errors of Palette's API. Each message has the request, the response and the fix.

UserError
└── PaletteError                a request failed
    └── UnknownOutcomeError     a request failed, but Palette may have processed it
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import requests
import urllib3

from common.errors import UserError, root_cause
from common.redaction import redact

MAX_QUOTE = 300
"""Maximum number of characters that are quoted from a response."""
RESUME = "Run the update again. It continues from where it stopped."


@dataclass(frozen=True)
class Request:
    """A request, for messages."""

    purpose: str
    """Completes the phrase "a request to ..."."""
    method: str
    url: str

    @property
    def is_about_registration(self) -> bool:
        """Whether the path has the UID of a registration."""
        pattern = r"/registries/(pack/(?!validate$)|oci/(?!basic(/|$)|summary$))"
        return re.search(pattern, self.url) is not None

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


class PaletteError(UserError):
    """A request to Palette's API failed."""

    def __init__(self, text: str, status: int | None = None, code: str = "") -> None:
        """Keep the HTTP status and Palette's error code, if there was a response."""
        super().__init__(text)
        self.status = status
        self.code = code

    @property
    def is_missing_resource(self) -> bool:
        """Whether Palette reports that something does not exist.

        A proxy or another server has pages with status 404 too, but not with this code.
        """
        return self.status == HTTPStatus.NOT_FOUND and self.code == "ResourceNotFound"


class UnknownOutcomeError(PaletteError):
    """A request was sent, but the response does not say whether Palette processed it."""


def error_response(request: Request, response: requests.Response) -> PaletteError:
    """Return the error for a response whose status is not 2xx."""
    status = response.status_code
    body = json_body(response)
    code = _as_text(body.get("code")) if isinstance(body, Mapping) else ""
    details = _error_details(response, body)
    fix = _fix(HTTPStatus.CONFLICT if _is_conflict(status, body) else status, code, request)
    # With status 500 and a code, Palette rejects an operation.
    if status > 500 or (status == 500 and not code):
        text = f"Palette failed to {request.purpose} ({request}: {status}{details}). {fix}"
        return UnknownOutcomeError(text, status, code)
    text = f"Palette rejected a request to {request.purpose} ({request}: {status}{details}). {fix}"
    return PaletteError(text, status, code)


def unexpected_response(request: Request, reason: str) -> UnknownOutcomeError:
    """Return the error for a successful response that Palette's API does not give."""
    return UnknownOutcomeError(
        f"The response to a request to {request.purpose} is not from Palette's API "
        f"({request}: {reason}). Check paletteHost, and that no proxy or login page intercepts "
        "the requests."
    )


def connection_failure(
    request: Request, error: requests.RequestException, read_timeout: float
) -> PaletteError:
    """Return the error for a request without a response."""
    if isinstance(error, requests.exceptions.SSLError):
        return PaletteError(
            f"Palette's certificate is not trusted, so the request to {request.purpose} was not "
            f"sent ({request}: {_one_line(root_cause(error))}). Set REQUESTS_CA_BUNDLE to a file "
            "with the certificates of your CA, or correct paletteHost."
        )
    if isinstance(error, requests.ReadTimeout) or isinstance(
        _inner_error(error), urllib3.exceptions.ReadTimeoutError
    ):
        return UnknownOutcomeError(
            f"Palette did not respond within {read_timeout:g} s to a request to "
            f"{request.purpose} ({request}). {RESUME}"
        )
    if not _was_sent(error):
        return PaletteError(
            f"Cannot connect to Palette to {request.purpose} ({request}: "
            f"{_one_line(root_cause(error))}). Check paletteHost, the network and HTTPS_PROXY. "
            f"{RESUME}"
        )
    return UnknownOutcomeError(
        f"The connection to Palette was closed during a request to {request.purpose} ({request}: "
        f"{_one_line(_closing_reason(error)) or 'invalid response'}). {RESUME}"
    )


def _was_sent(error: requests.RequestException) -> bool:
    """Check whether a request may have arrived: not if there was no connection."""
    no_connection = (
        urllib3.exceptions.NewConnectionError,
        urllib3.exceptions.ConnectTimeoutError,
        urllib3.exceptions.ProxyError,
    )
    return not (
        isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError)
        or isinstance(_inner_error(error), no_connection)
    )


def _inner_error(error: requests.RequestException) -> Any:
    """Return the error of urllib3 that requests has wrapped."""
    inner = error.args[0] if error.args else None
    return getattr(inner, "reason", inner)


def _closing_reason(error: requests.RequestException) -> str:
    """Describe why a connection was closed."""
    inner = _inner_error(error)
    if isinstance(inner, urllib3.exceptions.ProtocolError) and inner.args:
        return str(inner.args[-1])
    return root_cause(error)


def json_body(response: requests.Response) -> Any:
    """Return the body, or None if it is not JSON."""
    try:
        return response.json()
    except (ValueError, RecursionError):  # the latter for an extremely nested body
        return None


def _is_conflict(status: int, body: Any) -> bool:
    """Check whether a response rejects a name that is in use.

    Palette's API document has no status for it, so code and message count too.
    """
    if status not in (400, 409, 422, 500) or not isinstance(body, Mapping):
        return False
    return (
        body.get("code") == "ResourceAlreadyExists"
        or "already exists" in _as_text(body.get("message")).lower()
    )


def _error_details(response: requests.Response, body: Any) -> str:
    """Quote the fields of an error body, or the start of another body."""
    if body is None and (text := _one_line(redact(response.text))):
        return f": {text}"
    if not isinstance(body, Mapping):
        return f" {_phrase(response.status_code)}".rstrip()
    code, message, details, ref = (
        _one_line(redact(_as_text(body.get(field))))
        for field in ("code", "message", "details", "ref")
    )
    return "".join(
        [
            f" {code}" if code else "",
            f', "{message}"' if message else "",
            f", details {details}" if details else "",
            f", ref {ref}" if ref else "",
        ]
    )


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value in (None, {}, []) else json.dumps(value)


def _phrase(status: int) -> str:
    return next((known.phrase for known in HTTPStatus if known == status), "")


def _one_line(text: str) -> str:
    """Return the text on one line, with at most :data:`MAX_QUOTE` characters."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(printable.split())
    return line if len(line) <= MAX_QUOTE else f"{line[: MAX_QUOTE - 3]}..."


def _fix(status: int, code: str, request: Request) -> str:
    """Return what to do about an error."""
    conflict = (
        "remove the other registration in the console"
        if request.method == "PUT"
        else "set adoptExisting to true to take over the existing registration"
    )
    fixes = {
        400: "Check what the message names. Palette must reach the registry's endpoint, and accept "
        "the certificate and the credentials of the registry's stack.",
        401: "The API key is invalid, or belongs to another Palette host. Create a key in the "
        "console under User Menu > My API Keys, and store it with `make register-key` for the "
        "stack, for example `make register-key STACK=prod`.",
        403: "The user of the API key lacks a permission. Assign a role that can manage registries "
        "of the tenant.",
        409: "Palette has another registration with this name. Change registrationName, or "
        f"{conflict}.",
        429: "Palette accepts 10 requests per second from one address. Wait a minute, and run the "
        "update again.",
    }
    if status == HTTPStatus.NOT_FOUND:
        return _fix_not_found(code, request)
    if request.method == "DELETE" and code and status in (400, 409, 422, 500):
        return (
            "If cluster profiles use packs of this registry, remove these packs from the profiles. "
            "Then run the command again. The state still has the registration."
        )
    if status in fixes:
        return fixes[status]
    if status > 500 or (status == 500 and not code):
        return f"Wait a few minutes. {RESUME}"
    if 300 <= status < 400:
        return (
            "Set paletteHost to the address of the API itself. Redirects are not followed, because "
            "that would forward the API key."
        )
    return f"Fix what the message names. {RESUME}"


def _fix_not_found(code: str, request: Request) -> str:
    if code == "ResourceNotFound" and not request.is_about_registration:
        return f"Fix what the message names. {RESUME}"
    if code == "ResourceNotFound":
        return (
            "The registration no longer exists. Run `pulumi up --refresh`, as `make register` "
            "does, to update the state."
        )
    return (
        "This is not Palette's answer for a missing registration. Check paletteHost, and that no "
        "proxy or login page intercepts the requests."
    )
