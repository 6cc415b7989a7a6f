"""Messages and suggested fixes for a registry that failed verification."""

from __future__ import annotations

import pytest

from components.settings import StorageKind
from components.storage.location import StorageLocation
from components.verification.diagnosis import VerificationError, suggest_fix
from components.verification.probe import Failure, RegistryApi

API = RegistryApi("/health", 200, "/catalog", ("/catalog",), "a test image", "/upload/")
VOLUME = StorageLocation(StorageKind.VOLUME, "packs")
REQUEST = "GET https://registry.test/health"


def test_message() -> None:
    failures = [Failure(REQUEST, "500"), Failure("GET /catalog", "503: starting")]
    error = VerificationError("The registry", failures, "Wait.", ["line 1", "line 2"])
    assert str(error) == (
        "The registry failed verification.\n"
        f"  Request: {REQUEST}\n"
        "  Response: 500\n"
        "  Request: GET /catalog\n"
        "  Response: 503: starting\n"
        "  Fix: Wait.\n"
        "  End of the server's log:\n"
        "    line 1\n"
        "    line 2"
    )


@pytest.mark.parametrize(("count", "more"), [(1, 0), (5, 0), (6, 1), (9, 4)])
def test_message_shows_five_failures(count: int, more: int) -> None:
    message = str(VerificationError("It", [Failure(REQUEST, "500")] * count, "Wait.", []))
    assert message.count("  Request: ") == count - more
    assert ("more failed requests" in message) == bool(more)
    assert f"({more} more failed requests)" in message or not more
    assert "log" not in message, "there is no log to show"


def test_zot_that_cannot_access_packs() -> None:
    location = StorageLocation(StorageKind.PATH, path="/srv/packs", flavor="zot")
    log = ["panic: mkdir /data/zot: permission denied"]
    fix = suggest_fix([Failure(REQUEST, "connection refused")], log, API, location)
    commands = "mkdir -p /srv/packs/zot && sudo chown -R 65532:65532 /srv/packs/zot && sudo chmod"
    assert commands in fix


@pytest.mark.parametrize(
    ("failure", "log", "fix"),
    [
        (
            Failure(REQUEST, "500", 500),
            ["open /certs/tls.key: Permission denied"],
            "set server.privateKeyMode to 0444",
        ),
        (
            Failure(REQUEST, "500", 500),
            ["mkdir /var/cache: Read-only file system"],
            "Set server.readOnlyRoot to false.",
        ),
        (
            Failure(REQUEST, "certificate verify failed"),
            [],
            "If another service uses this port, change port.",
        ),
        (
            Failure(REQUEST, "hostname 'a' doesn't match 'b'"),
            [],
            "If another service uses this port, change port.",
        ),
        (Failure(REQUEST, "401", 401, "ci"), ["ready"], "change rotation"),
        (Failure(REQUEST, "404", 404), ["ready"], "Set image to a test image, or set flavor"),
        (Failure(REQUEST, "200", 200), ["ready"], "Check that image is a test image and that no"),
        (Failure(REQUEST, "202", 202), ["ready"], "Set publicEndpoint to the URL that clients use"),
        (Failure(REQUEST, "401", 401), ["ready"], "Read the log below"),
        (Failure(REQUEST, "500", 500), [], "The server's log is empty."),
    ],
)
def test_suggested_fix(failure: Failure, log: list[str], fix: str) -> None:
    suggested = suggest_fix([failure], log, API, VOLUME)
    assert fix in suggested
    assert log or "log below" not in suggested, "there is no log to read"
