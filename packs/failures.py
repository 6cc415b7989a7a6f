"""Failed requests to a registry: what the error says, and whether the request can be repeated."""

from __future__ import annotations

from dataclasses import dataclass

import requests

from common.errors import UserError, root_cause

_AGAIN = "run the command again. It continues where it stopped."
_DEFAULT_FIX = f"Check that the registry runs, then {_AGAIN}"
_CERTIFICATE_FIX = (
    "Run `make up` for this stack. Its outputs then have the registry's CA certificate, and its "
    "verification names what is wrong with the certificate."
)
_PASSWORD_FIX = (
    f"Run `make up` for this stack, so that the registry has its passwords, then {_AGAIN}"
)


class UnavailableError(UserError):
    """The registry can't be reached, or has an error that may pass. The request can be repeated."""

    def __init__(self, text: str, retry_after: float = 0.0) -> None:
        """Create an error.

        :param retry_after: seconds that the registry asks to wait; 0 if it does not ask.
        """
        super().__init__(text)
        self.retry_after = retry_after


class UnauthorizedError(UserError):
    """The registry does not accept the user's password."""


@dataclass(frozen=True)
class Failures:
    """Describes failed requests of one user to one registry."""

    endpoint: str
    username: str

    def status(self, request: str, response: requests.Response) -> UserError:
        """Return the error for a status that was not expected."""
        status = response.status_code
        text = f"{status} {' '.join(response.text[:200].split())}".strip()
        if status == 429 or status >= 500:
            waits = response.headers.get("Retry-After", "")
            seconds = float(waits) if waits.isdecimal() else 0.0
            return UnavailableError(self._text(request, text), seconds)
        if status == 401:
            return UnauthorizedError(self._text(request, text, _PASSWORD_FIX))
        if status == 403:
            fix = f"{self.username} may not do this. Use a user with the role writer or admin."
            return UserError(self._text(request, text, fix))
        return UserError(self._text(request, text))

    def connection(self, request: str, error: Exception) -> UserError:
        """Return the error for a connection that failed."""
        if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE" in str(error).upper():
            return UserError(self._text(request, root_cause(error), _CERTIFICATE_FIX))
        return UnavailableError(self._text(request, root_cause(error)))

    def _text(self, request: str, response: str, fix: str = _DEFAULT_FIX) -> str:
        return (
            f"The registry {self.endpoint} did not answer as expected.\n  Request: {request}\n"
            f"  Response: {response}\n  Fix: {fix}"
        )
