"""The lines of mirrors in ``make status``."""

from __future__ import annotations

from typing import Any

import pytest

from cli.condition import UnknownError
from cli.status.checks.mirrors import check_mirrors
from cli.status.registry import Registry
from tests.components.servers.zot.test_mirror_log import begin, fail, line, recorded
from tests.support.flavors import ZOT
from tests.support.inspections import ERROR, OK, UNKNOWN, WARNING, FakeInspection, one, registry_of

HOST = "central.example.com:8443"


def mirrored(log: list[str] | Exception, level: str = "info", **options: Any) -> Registry:
    """A registry with a mirror, and the log of its server."""
    return registry_of(
        FakeInspection(server_log=log),
        **ZOT,
        logLevel=level,
        zot={"mirrors": [{"url": f"https://{HOST}", **options}]},
    )


def test_registry_without_mirrors() -> None:
    assert list(check_mirrors(registry_of(**ZOT))) == []
    assert list(check_mirrors(registry_of())) == []


def test_copies() -> None:
    found = one(check_mirrors(mirrored(recorded("ok"), interval="1h")))
    assert (found.check, found.state) == ("mirror", OK)
    assert found.value == (
        f"{HOST} answered at 2026-11-26 14:48, last copy 2026-11-26 14:47 (packs/a:1.0.0)"
    )
    assert str(found.figures["lastCopy"]).startswith("2026-11-26T14:47:56")


@pytest.mark.parametrize(
    ("log", "reason", "fix"),
    [
        ("pw", "unauthorized", "Set username and password of zot.mirrors[0]"),
        ("noca", "signed by unknown authority", "Set zot.mirrors[0].caPem"),
        ("down", "connection refused", "Check that the source runs"),
    ],
)
def test_failures(log: str, reason: str, fix: str) -> None:
    found = one(check_mirrors(mirrored(recorded(log), interval="1h")))
    assert found.state is ERROR
    assert found.value.startswith(f"{HOST}: copies failed at 2026-11-26 14:4")
    assert reason in found.value
    assert found.fix.startswith(fix)


def test_one_repository_fails() -> None:
    log = [begin("a", 1, HOST), begin("b", 2, HOST), fail("a", 3)]
    found = one(check_mirrors(mirrored(log, interval="1h")))
    assert (found.state, found.figures["failing"]) == (ERROR, ["a"])
    assert "1 repository can't be copied (such as a), last tried" in found.value


def test_source_without_repositories() -> None:
    log = recorded("norepo")
    found = one(check_mirrors(mirrored(log, interval="1h", repositories=["charts"])))
    assert found.state is WARNING
    assert f"{HOST} has no repository below charts" in found.value
    assert "Set zot.mirrors[0].repositories" in found.fix


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({}, "because no version was requested"),
        ({"interval": "1h"}, f"the log has no copy from {HOST}"),
        ({"level": "warn"}, "because logLevel is warn"),
    ],
)
def test_silent_log(options: dict[str, Any], reason: str) -> None:
    found = one(check_mirrors(mirrored([], **options)))
    assert found.state is UNKNOWN
    assert found.value.endswith(reason)


def test_old_failure_in_quiet_log() -> None:
    """The log has no later success, so the failure may be over."""
    failed = line("failed to sync image", 1, "error", error="EOF", reference=f"{HOST}/a:1")
    assert one(check_mirrors(mirrored([failed]))).state is ERROR
    assert one(check_mirrors(mirrored([failed], level="warn"))).state is UNKNOWN


def test_each_mirror_has_a_line() -> None:
    urls = ["https://a.example.com", "https://b.example.com"]
    registry = registry_of(
        FakeInspection(server_log=[begin("packs", 1, "b.example.com")]),
        **ZOT,
        zot={"mirrors": [{"url": url, "interval": "1h"} for url in urls]},
    )
    assert [found.state for found in check_mirrors(registry)] == [UNKNOWN, OK]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (UnknownError("there is no container packs"), "there is no container packs"),
        (OSError("refused"), "host error: refused"),
        (ValueError("odd"), "ValueError"),
    ],
)
def test_log_that_cannot_be_read(error: Exception, reason: str) -> None:
    found = one(check_mirrors(mirrored(error)))
    assert (found.state, found.value) == (UNKNOWN, f"{HOST}: {reason}")
