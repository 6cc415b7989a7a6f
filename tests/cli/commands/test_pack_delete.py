"""``make pack-delete``: the question, the answer, and what it says."""

from __future__ import annotations

from typing import Any

import pytest

from cli.commands import pack_delete
from tests.cli.commands.fakes import run
from tests.cli.commands.pack_fakes import ARCHIVE, use_registry
from tests.packs.memory import Memory
from tests.support.commands import FakePulumi

NAME = f"{ARCHIVE}/hello"


@pytest.fixture
def registry(pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> Memory:
    made = use_registry(pulumi, monkeypatch)
    made.push(NAME, "1.0.0", b"one")
    made.push(NAME, "2.0.0", b"two")
    return made


def configure(monkeypatch: pytest.MonkeyPatch, **config: Any) -> None:
    monkeypatch.setattr(pack_delete, "read_config", lambda _: config)


def test_answer_yes(registry: Memory) -> None:
    digest = registry.manifests[NAME, "1.0.0"].digest
    result = run("pack-delete", "--pack", "hello:1.0.0", answer="y\n")
    assert result.exit_code == 0, result.stderr
    assert f"Delete hello:1.0.0 ({digest}) from the registry of stack dev?" in result.stderr
    assert (
        "> Deleted hello:1.0.0 from the registry of stack dev. The next garbage collection frees "
        "its space.\n"
    ) in result.stderr
    assert registry.tags(NAME) == ["2.0.0"]


@pytest.mark.parametrize("answer", ["n\n", "\n"])
def test_answer_no(registry: Memory, answer: str) -> None:
    result = run("pack-delete", "--pack", "hello:1.0.0", answer=answer)
    assert result.exit_code == 1
    assert "x Nothing was deleted.\n" in result.stderr
    assert sorted(registry.tags(NAME)) == ["1.0.0", "2.0.0"]


def test_no_terminal(registry: Memory) -> None:
    result = run("pack-delete", "--pack", "hello:1.0.0", "--stack", "prod", answer="")
    assert result.exit_code == 1
    assert (
        "x make pack-delete needs a confirmation, and there is no terminal. To skip the prompt, "
        "run `make pack-delete PACK=hello:1.0.0 YES=1 STACK=prod`.\n"
    ) in result.stderr
    assert sorted(registry.tags(NAME)) == ["1.0.0", "2.0.0"]


def test_without_question(registry: Memory) -> None:
    assert run("pack-delete", "--pack", "hello:1.0.0", "--yes").exit_code == 0
    assert registry.tags(NAME) == ["2.0.0"]


def test_shared_content(registry: Memory) -> None:
    registry.push(NAME, "1.0.1", b"one")
    result = run("pack-delete", "--pack", "hello:1.0.0", "--yes")
    assert "Its content stays, because 1.0.1 has the same." in result.stderr
    assert sorted(registry.tags(NAME)) == ["1.0.1", "2.0.0"]


def test_missing_version(registry: Memory) -> None:
    result = run("pack-delete", "--pack", "hello:3.0.0", "--yes")
    assert result.exit_code == 1
    assert "The registry has no version 3.0.0 of the pack hello. It has 1.0.0, 2.0.0." in (
        result.stderr
    )


def test_deletion_is_disabled(registry: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.refuses = True
    configure(monkeypatch, ociServer="distribution")
    text = run("pack-delete", "--pack", "hello:1.0.0", "--yes", "--stack", "prod").stderr
    assert "The server deletes nothing. hello:1.0.0 is still there." in text
    assert "`storage: {delete: {enabled: true}}` in pack-registry:server.extra of Pulumi.prod" in (
        text
    )
    assert "run `make up STACK=prod`" in text
    configure(monkeypatch)
    text = run("pack-delete", "--pack", "hello:1.0.0", "--yes").stderr
    assert "Check whether the registry is read-only." in text


def test_pack_registry(pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    use_registry(pulumi, monkeypatch, flavor="pack")
    result = run("pack-delete", "--pack", "hello:1.0.0", "--yes")
    assert (
        "`spectro pack tag delete hello:1.0.0 --registry-server registry.example.com:8443`"
        in result.stderr
    )
