"""What the log of a zot says about its mirrors. The logs were written by zot 2.1.20."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from components.servers.zot.mirror_log import CALLER, MirrorActivity, read_mirror_log

LOGS = Path(__file__).parent / "logs"
HOST, OTHER = "central.example.com", "central.example.com:8443"


def recorded(name: str) -> list[str]:
    return (LOGS / f"{name}.jsonl").read_text().splitlines()


def activity(name: str, host: str = OTHER) -> MirrorActivity:
    return read_mirror_log(recorded(name), [host])[host]


def test_copies() -> None:
    found = activity("ok")
    assert (found.copied[:19], found.version) == ("2026-11-26T14:47:56", "packs/a:1.0.0")
    assert found.answered[:19] == "2026-11-26T14:48:18", "also a 404 is an answer"
    assert (found.compared, found.failure) == (True, None)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("pw", "unauthorized"),
        ("noca", "x509: certificate signed by unknown authority"),
        ("down", "dial tcp 192.0.2.7:8443: connect: connection refused"),
    ],
)
@pytest.mark.parametrize("others", [[], ["other.example.com"]], ids=["alone", "two mirrors"])
def test_failures(name: str, reason: str, others: list[str]) -> None:
    found = read_mirror_log(recorded(name), [*others, OTHER])
    failure = found[OTHER].failure
    assert failure
    assert reason in failure.reason
    assert found[OTHER].answered == ""
    assert all(found[other].failure is None for other in others)


def test_source_without_repositories() -> None:
    found = activity("norepo")
    assert (found.listed, found.compared, found.failure) == (True, False, None)


def line(message: str, second: int, level: str = "info", **fields: Any) -> str:
    time = f"2026-11-26T08:00:{second:02}Z"
    content = {"time": time, "level": level, "message": message, **fields}
    return json.dumps(content | {"caller": f"zot{CALLER}service.go:1"})


def begin(repository: str, second: int, host: str = HOST) -> str:
    return line("sync: syncing repo", second, repo=repository, registry=host)


def end(repository: str, second: int) -> str:
    return line("sync: finished syncing repo", second, repo=repository)


def fail(repository: str, second: int) -> str:
    return line(
        "error while syncing tags for repo", second, "error", repo=repository, error="too large"
    )


def test_one_repository_fails() -> None:
    lines = [begin("a", 1), begin("b", 2), fail("a", 3), end("b", 4), begin("a", 5)]
    found = read_mirror_log(lines, [HOST, OTHER])[HOST]
    assert list(found.failures) == ["a"], "others do not hide it"
    assert found.answered.endswith("05Z")
    found = read_mirror_log([*lines, end("a", 6)], [HOST, OTHER])[HOST]
    assert found.failures == {}


def test_source_is_back() -> None:
    listing = line(
        "error while getting repositories from remote registry",
        1,
        "error",
        error=f"failed to list repositories for {HOST}: EOF",
        **{"remote registry": HOST},
    )
    assert read_mirror_log([listing], [HOST, OTHER])[HOST].failure
    for answer in (
        begin("a", 2),
        line("failed to find manifest", 2, reference=f"{HOST}/a:1"),
        line("skipping image because it's already synced", 2, image=f"{HOST}/a:1"),
    ):
        assert read_mirror_log([listing, answer], [HOST, OTHER])[HOST].failure is None
    of_other = line("failed to find manifest", 2, reference=f"{OTHER}/a:1")
    assert read_mirror_log([listing, of_other], [HOST, OTHER])[HOST].failure


def test_hosts_with_the_same_beginning() -> None:
    failed = line("failed to sync image", 1, "error", error="EOF", **{"remote image": f"{OTHER}/a"})
    found = read_mirror_log([failed], [HOST, OTHER])
    assert [each.failure is None for each in found.values()] == [True, False]


@pytest.mark.parametrize("text", ["", "{", "[]", f'"{CALLER}"', f"{CALLER} panic", f"[1,{CALLER}"])
def test_other_lines(text: str) -> None:
    assert read_mirror_log([text], [HOST])[HOST] == MirrorActivity()
