"""What goes wrong with Palette's API, each in a sentence: what was attempted, what came back, what to do; never a secret."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import requests
import urllib3

from common.errors import UserError, root_cause

LONGEST = 300
"""Characters of another program's words that are shown."""


@dataclass(frozen=True)
class Attempt:
    """A request, in words and to the letter."""

    purpose: str
    """The rest of "Palette refused to ..."."""
    method: str
    url: str

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


class PaletteError(UserError):
    """Palette's API did not do what it was asked for."""

    def __init__(self, text: str, status: int | None = None) -> None:
        """Keep the HTTP status, where there was an answer."""
        super().__init__(text)
        self.status = status


class UnknownOutcomeError(PaletteError):
    """A request was sent and not answered, or answered with a failure of the server: it may have been carried out."""


def refusal(
    attempt: Attempt, response: requests.Response, secrets: Collection[str]
) -> PaletteError:
    """The error that an answer is.

    :param secrets: what must not be shown, should Palette repeat it.
    """
    status = response.status_code
    body = _body(response)
    told = _palettes_words(response, body, secrets)
    verb = "failed" if status >= 500 else "refused"
    advice = _advice(HTTPStatus.CONFLICT if _is_conflict(status, body) else status, attempt)
    text = f"Palette {verb} to {attempt.purpose} ({attempt}: {status}{told}); {advice}."
    return (UnknownOutcomeError if status >= 500 else PaletteError)(text, status)


def strange(attempt: Attempt, why: str) -> UnknownOutcomeError:
    """The error that an answer is which no Palette gives.

    :param why: what shows it.
    """
    return UnknownOutcomeError(
        f"Something else than Palette's API answered the attempt to {attempt.purpose} ({attempt}: {why}); "
        "check paletteHost, and that no proxy or login page stands in front of it."
    )


def no_answer(
    attempt: Attempt, error: requests.RequestException, read_seconds: float
) -> PaletteError:
    """The error that a connection ended with."""
    again = "nothing is lost, and the next update goes on"
    if isinstance(error, requests.exceptions.SSLError):
        return PaletteError(
            f"Palette's certificate is not trusted here, so nothing was sent to {attempt.purpose} ({attempt}: {_cut(root_cause(error))}); "
            "name the file of your authority's certificates in REQUESTS_CA_BUNDLE, or correct paletteHost."
        )
    if isinstance(error, requests.ReadTimeout) or isinstance(
        _cause(error), urllib3.exceptions.ReadTimeoutError
    ):
        return UnknownOutcomeError(
            f"Palette did not answer within {read_seconds:g} s when asked to {attempt.purpose} ({attempt}); run the update again later: {again}."
        )
    if not _was_sent(error):
        return PaletteError(
            f"Palette could not be reached to {attempt.purpose} ({attempt}: {_cut(root_cause(error))}); "
            f"check paletteHost, this machine's way there, and HTTPS_PROXY if there is a proxy, then run the update again: {again}."
        )
    return UnknownOutcomeError(
        f"The connection to Palette broke when it was asked to {attempt.purpose} ({attempt}: {_cut(_break(error))}); run the update again: {again}."
    )


def _was_sent(error: requests.RequestException) -> bool:
    """Whether a request may have arrived: it can't have where there never was a connection."""
    never = (
        urllib3.exceptions.NewConnectionError,
        urllib3.exceptions.ConnectTimeoutError,
        urllib3.exceptions.ProxyError,
    )
    return not (
        isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError)
        or isinstance(_cause(error), never)
    )


def _cause(error: requests.RequestException) -> Any:
    """The error of the library below, after whose attempts this one was raised."""
    inner = error.args[0] if error.args else None
    return getattr(inner, "reason", inner)


def _break(error: requests.RequestException) -> str:
    """How a connection ended, without the libraries' wrapping."""
    inner = _cause(error)
    return (
        str(inner.args[-1])
        if isinstance(inner, urllib3.exceptions.ProtocolError) and inner.args
        else root_cause(error)
    )


def _body(response: requests.Response) -> Any:
    """An answer's JSON; nothing where it is none."""
    try:
        return response.json()
    except ValueError:
        return None


def _is_conflict(status: int, body: Any) -> bool:
    """Whether a refusal is that of a name which is taken: Palette documents no status for it, so its words count too."""
    if status != HTTPStatus.BAD_REQUEST or not isinstance(body, Mapping):
        return False
    return (
        body.get("code") == "ResourceAlreadyExists"
        or "already exists" in _text(body.get("message")).lower()
    )


def _palettes_words(response: requests.Response, body: Any, secrets: Collection[str]) -> str:
    """Code, message and reference of an error's body (`{"code", "message", "details", "ref"}`), or how the body begins."""
    if body is None:
        text = _cut(without(secrets, response.text))
        return f": {text}" if text else f" {_phrase(response.status_code)}".rstrip()
    if not isinstance(body, Mapping):
        return f" {_phrase(response.status_code)}".rstrip()
    code, message, ref = (
        _cut(without(secrets, _text(body.get(field)))) for field in ("code", "message", "ref")
    )
    return "".join(
        [
            f" {code}" if code else "",
            f', "{message}"' if message else "",
            f", ref {ref}" if ref else "",
        ]
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _phrase(status: int) -> str:
    return next((known.phrase for known in HTTPStatus if known == status), "")


def _cut(text: str) -> str:
    """One line of at most :data:`LONGEST` characters."""
    line = " ".join(
        "".join(character if character.isprintable() else " " for character in text).split()
    )
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."


def without(secrets: Collection[str], text: str) -> str:
    """A text of Palette's in which secrets are not shown, should it repeat them, as they are or as JSON escapes them."""
    forms = {
        form
        for secret in secrets
        for form in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
        if form
    }
    for form in sorted(forms, key=len, reverse=True):  # one may be a part of another
        text = text.replace(form, "(not shown)")
    return text


def _advice(status: int, attempt: Attempt) -> str:
    """What mends a refusal, by its status."""
    or_else = (
        "remove that one in the console"
        if attempt.method == "PUT"
        else "set adoptExisting to true to take that one over"
    )
    advice = {
        400: "check what the message names: the registry's endpoint must be reachable from Palette, with the certificate and credentials "
        "of the registry's stack",
        401: "the API key is not valid, or not for this host: make one in the console under User Menu, My API Keys, and set it with "
        "`pulumi config set --secret paletteApiKey` in the directory palette",
        403: "the API key's user lacks the permission: give it a role that may manage registries in this scope, or set projectUid to "
        "a project in which it may",
        404: "it is not there (any more), or paletteHost is not Palette's API: bring the state in line with Palette by `pulumi up --refresh`, "
        "as `make register` does",
        409: f"Palette has another registration like it: choose another registrationName, or {or_else}",
        429: "Palette takes 10 requests per second from one address: wait a minute, then run the update again",
    }
    if status in advice:
        return advice[status]
    if status >= 500:
        return "run the update again later: nothing is lost, and it goes on"
    if 300 <= status < 400:
        return "set paletteHost to the address of the API itself: redirects are not followed, for they would take the API key with them"
    return "mend what the message names, then run the update again"
