"""Explains why a registry failed verification."""

from __future__ import annotations

from common.errors import UserError
from components.storage.location import StorageLocation
from components.verification.probe import Failure, RegistryApi
from components.verification.storage_advice import packs_owner_fix, storage_fix
from components.verification.tls_advice import tls_fix

SHOWN_FAILURES = 5


class VerificationError(UserError):
    """A registry failed verification: the requests, their responses, a fix, the end of the log."""

    def __init__(self, subject: str, failures: list[Failure], fix: str, log: list[str]) -> None:
        """Compose the message.

        :param subject: what failed, as the start of a sentence.
        """
        lines = [f"{subject} failed verification."]
        for failure in failures[:SHOWN_FAILURES]:
            lines += [f"  Request: {failure.request}", f"  Response: {failure.response}"]
        if len(failures) > SHOWN_FAILURES:
            lines.append(f"  ({len(failures) - SHOWN_FAILURES} more failed requests)")
        lines.append(f"  Fix: {fix}")
        if log:
            lines += ["  End of the server's log:", *(f"    {line}" for line in log)]
        super().__init__("\n".join(lines))


def suggest_fix(
    failures: list[Failure], log: list[str], api: RegistryApi, location: StorageLocation
) -> str:
    """Return the fix for the first likely cause that matches the log and the failures.

    :param location: the storage of the packs.
    """
    text = " ".join([*log, *(failure.response for failure in failures)]).lower()
    # A response with a status is not a TLS error, whatever its body says.
    tls = tls_fix(failure.response for failure in failures if failure.status is None)
    storage = storage_fix(failures, log, location)
    causes = (
        (storage is not None, storage or ""),
        (
            "permission denied" in text,
            packs_owner_fix(location)
            or (
                "The server can't access one of its files. If its image does not run as root, "
                "set server.privateKeyMode to 0444 and make the user of the image the owner of "
                "the data directory."
            ),
        ),
        (
            "read-only file system" in text,
            "The server writes to its root file system. Set server.readOnlyRoot to false.",
        ),
        (tls is not None, tls or ""),
        *_unexpected_answers(failures, api),
        (
            bool(log),
            "Read the log below, check the settings that it names, then update again.",
        ),
        (
            True,
            f"The server's log is empty. Check that image is {api.image}, then update again.",
        ),
    )
    return next(fix for applies, fix in causes if applies)


def _unexpected_answers(failures: list[Failure], api: RegistryApi) -> tuple[tuple[bool, str], ...]:
    """Return whether each kind of unexpected answer occurred, with its fix."""
    return (
        (
            any(failure.status == 202 and failure.user in api.readers for failure in failures),
            (
                "The server lets a reader push. Check that image is "
                f"{api.image}, and that server.extra changes no access."
            ),
        ),
        (
            any(failure.status == 202 for failure in failures),
            (
                "Clients would push to another URL. Set publicEndpoint to the URL that clients "
                f"use, and check that image is {api.image}."
            ),
        ),
        (
            any(failure.user and failure.status == 401 for failure in failures),
            (
                "The server rejects a password that was just set. Check its log, then change "
                "rotation to generate new passwords."
            ),
        ),
        (
            any(failure.status == 404 for failure in failures),
            (
                f"The server does not have the routes of its flavor. Set image to {api.image}, or "
                "set flavor to match the image."
            ),
        ),
        (
            any(failure.status == 200 for failure in failures),
            (
                "The server allows access without valid credentials. Check that image is "
                f"{api.image} and that no proxy answers instead."
            ),
        ),
    )
