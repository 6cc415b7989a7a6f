"""Garbage collections: what they report, and the way back to pushes."""

from __future__ import annotations

import signal

import pytest

from cli.collection import (
    Size,
    Versions,
    collect_garbage,
    describe_removal,
    describe_result,
    ensure_versions_are_kept,
)
from cli.console import CommandError
from common.errors import UserError
from components.servers.distribution.collection import Collection

KEPT = frozenset({("packs/a", "sha256:1"), ("packs/a", "sha256:2"), ("packs/b", "sha256:3")})
FOUND = Collection(KEPT, 1200, ("sha256:8", "sha256:9"))


def test_dry_run(capsys: pytest.CaptureFixture[str]) -> None:
    describe_removal(FOUND, (2_500_000, 2), "prod", apply=False)
    said = capsys.readouterr()
    assert said.out == (
        "2 blobs (2.5 MB) can be removed: no version refers to them. No version is lost: 3 "
        "versions of 2 packs, with 1,200 blobs.\n"
    )
    assert "Nothing was removed. To remove them, run `make gc APPLY=1 STACK=prod`." in said.err


def test_result(capsys: pytest.CaptureFixture[str]) -> None:
    describe_result(FOUND, None)
    assert capsys.readouterr().out.startswith("Removed 2 blobs. No version is lost: 3 versions ")


def test_size_of_some_blobs(capsys: pytest.CaptureFixture[str]) -> None:
    describe_removal(FOUND, (2_500_000, 1), "prod", apply=False)
    assert "2 blobs (at least 2.5 MB)" in capsys.readouterr().out


def test_nothing_to_remove(capsys: pytest.CaptureFixture[str]) -> None:
    describe_removal(Collection(frozenset(), 0, ()), (0, 0), "prod", apply=True)
    assert capsys.readouterr().out == "Nothing to remove. The registry has no packs.\n"


def test_versions_are_kept() -> None:
    ensure_versions_are_kept({"packs/a:1.0": "sha256:1", "packs/b:1.0": "sha256:3"}, FOUND)


def test_version_with_missing_manifest() -> None:
    versions = {f"packs/a:{number}": "sha256:7" for number in range(7)}
    with pytest.raises(CommandError) as caught:
        ensure_versions_are_kept({**versions, "packs/b:2": "sha256:1"}, FOUND)
    assert str(caught.value).startswith(
        "The manifests of packs/a:0, packs/a:1, packs/a:2, packs/a:3, packs/a:4 and 3 more are "
    )


class Registry:
    """A registry that fails on request, and records what happens."""

    image = "example.com/registry:1"

    def __init__(self, **failures: BaseException) -> None:
        self.failures = failures
        self.calls: list[str] = []
        self.supports = True

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if error := self.failures.get(name):
            raise error

    def can_collect(self) -> bool:
        return self.supports

    def versions(self) -> Versions | None:
        return None

    def collect(self, *, dry_run: bool) -> Collection:
        self._call("look" if dry_run else "collect")
        return FOUND

    def size(self, found: Collection) -> Size:
        return None

    def wait_for_uploads(self, retry: str) -> None:
        self._call("wait")

    def serve_read_only(self) -> None:
        self._call("read-only")

    def resume_writing(self) -> None:
        self._call("resume")
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN, "Ctrl-C must not stop it"

    def verify(self) -> None:
        self._call("verify")


def collect(registry: Registry, *, apply: bool = True) -> None:
    collect_garbage(registry, "prod", lambda: {"packs/a:1": "sha256:1"}, apply=apply)


def test_order_of_collection() -> None:
    registry = Registry()
    collect(registry)
    assert registry.calls == ["look", "wait", "read-only", "collect", "resume", "verify"]


def test_dry_run_changes_nothing() -> None:
    registry = Registry()
    collect(registry, apply=False)
    assert registry.calls == ["look"]


@pytest.mark.parametrize("step", ["read-only", "collect"])
def test_failing_step_resumes_writing(step: str) -> None:
    registry = Registry(**{step: UserError("The bucket is gone.")})
    with pytest.raises(CommandError) as caught:
        collect(registry)
    assert str(caught.value) == "The bucket is gone.\nThe registry accepts pushes again."
    assert registry.calls[-2:] == ["resume", "verify"]


def test_server_that_does_not_return() -> None:
    failure = UserError("The registry failed verification.")
    registry = Registry(collect=UserError("The bucket is gone."), verify=failure)
    with pytest.raises(CommandError) as caught:
        collect(registry)
    assert str(caught.value) == "The bucket is gone.\nThe registry failed verification."


@pytest.mark.parametrize("step", ["read-only", "collect"])
def test_interrupt_resumes_writing(step: str) -> None:
    registry = Registry(**{step: KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        collect(registry)
    assert registry.calls[-1] == "resume"


def test_image_without_command() -> None:
    registry = Registry()
    registry.supports = False
    with pytest.raises(CommandError, match=r"^The image example\.com/registry:1 has no command "):
        collect(registry)
    assert registry.calls == []


def test_broken_version_stops_before_changes() -> None:
    registry = Registry()
    with pytest.raises(CommandError, match="packs/b:2"):
        collect_garbage(registry, "prod", lambda: {"packs/b:2": ""}, apply=True)
    assert registry.calls == ["look"]
