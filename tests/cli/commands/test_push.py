"""``make push``: checks first, a plan, and what it says about the result."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli import push_report
from cli.commands import push as command
from packs import known, publish
from tests.support.commands import FakePulumi
from tests.support.oci_server import Failure, OciServer, serving_oci
from tests.support.packs import write_pack


@pytest.fixture
def server(
    pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[OciServer]:
    """A registry whose endpoint and password are the outputs of the stack."""
    server = OciServer()
    monkeypatch.setattr(command, "STATE", tmp_path / ".state")
    with serving_oci(server) as endpoint:
        outputs = {
            "endpoint": endpoint,
            "catalogUrl": f"{endpoint}/v2/_catalog",
            "adminUsername": "admin",
            "adminPassword": server.users["admin"],
            "caCertificate": "",
            "consoleRegistration": {"baseContentPath": "packs"},
        }
        pulumi.answers["stack output"] = (0, json.dumps(outputs), "")
        monkeypatch.setattr(publish, "SETTLE_SECONDS", 0.0)
        yield server


def run(root: Path, *options: str) -> tuple[int, str]:
    """Run the command, and return its exit code and its messages without line breaks."""
    done = CliRunner().invoke(command.push, ["--pack", str(root), *options])
    return done.exit_code, " ".join(done.output.split())


def test_new_and_unchanged(server: OciServer, tmp_path: Path) -> None:
    write_pack(tmp_path, "nginx", "1.0.0")
    code, shown = run(tmp_path)
    assert code == 0
    assert "> nginx:1.0.0: new > Pushed 1 version to stack dev, " in shown
    code, shown = run(tmp_path)
    assert code == 0
    assert "Pushed 0 versions to stack dev, 0 bytes sent. 1 version is unchanged." in shown


def test_unchanged_files_are_not_read(
    server: OciServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "RACY_SECONDS", 0)
    write_pack(tmp_path, "nginx", "1.0.0")
    time.sleep(0.02)
    assert run(tmp_path)[0] == 0
    reads: list[Path] = []
    monkeypatch.setattr(known, "archive_content", lambda directory, _: reads.append(directory))
    server.requests.clear()
    code, shown = run(tmp_path)
    assert code == 0, shown
    assert "1 version is unchanged" in shown
    assert not reads
    assert [each.split()[0] for each in server.requests] == ["HEAD"]


def test_linked_state_is_not_used(server: OciServer, tmp_path: Path) -> None:
    other = tmp_path.parent / "other"
    other.mkdir()
    (tmp_path / ".state").symlink_to(other)
    write_pack(tmp_path, "nginx", "1.0.0")
    assert run(tmp_path)[0] == 0
    assert not list(other.iterdir())


def test_warnings_are_shown(server: OciServer, tmp_path: Path) -> None:
    pack = write_pack(tmp_path, "nginx", "1.0.0")
    (pack / "values.yaml").write_text("a: 1\na: 2\n")
    code, shown = run(tmp_path)
    assert code == 0
    assert 'values.yaml:2: warning: "a" is set twice.' in shown
    assert "nginx:1.0.0: new" in shown
    assert "warning" not in run(tmp_path)[1]


def test_large_pack_is_announced(
    server: OciServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_report, "LARGE", 100_000)
    large = write_pack(tmp_path, "large", "1.0.0")
    (large / "manifests" / "data").write_text("x" * 100_000)
    write_pack(tmp_path, "small", "1.0.0")
    shown = run(tmp_path)[1]
    assert "> large:1.0.0: sending 10" in shown
    assert shown.index("large:1.0.0: sending") < shown.index("large:1.0.0: new")
    assert "small:1.0.0: sending" not in shown


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("packs/*", "is a wildcard. One command pushes or checks all packs of a directory"),
        ("packs/nginx-1.0.0/pack.json", "is a file. Set PACK to its directory (for example, PACK="),
        ("missing", "is not a directory. Must be a pack's directory"),
    ],
)
def test_wrong_directory(tmp_path: Path, path: str, expected: str) -> None:
    write_pack(tmp_path / "packs", "nginx", "1.0.0")
    code, shown = run(tmp_path / path)
    assert code == 1
    assert expected in shown


def test_dry_run(server: OciServer, tmp_path: Path) -> None:
    pack = write_pack(tmp_path, "nginx", "1.0.0")
    code, shown = run(tmp_path, "--dry-run")
    assert code == 0
    assert "> nginx:1.0.0: would be new" in shown
    assert not server.manifests
    run(tmp_path)
    (pack / "values.yaml").write_text("manifests: {}\n")
    assert run(tmp_path, "--dry-run")[0] == 1
    code, shown = run(tmp_path, "--dry-run", "--force")
    assert code == 0
    assert "> nginx:1.0.0: would be overwritten" in shown


def test_other_content(server: OciServer, tmp_path: Path) -> None:
    pack = write_pack(tmp_path, "nginx", "1.0.0")
    run(tmp_path)
    (pack / "values.yaml").write_text("manifests: {}\n")
    write_pack(tmp_path, "nginx", "1.1.0")
    code, shown = run(tmp_path)
    assert code == 1
    assert "> nginx:1.1.0: new" in shown
    assert "has other content for nginx:1.0.0. These versions were left as they are." in shown
    assert "FORCE=1" in shown
    code, shown = run(tmp_path, "--force")
    assert code == 0
    assert "Pushed 1 version to stack dev, 1 of them overwritten" in shown


@pytest.mark.parametrize("wrong", ["missing", "unreadable", "duplicate", "pipe"])
def test_nothing_is_sent_with_an_issue(server: OciServer, tmp_path: Path, wrong: str) -> None:
    write_pack(tmp_path, "good", "1.0.0")
    pack = write_pack(tmp_path, "nginx", "1.0.0")
    match wrong:
        case "missing":
            (pack / "logo.png").unlink()
        case "unreadable":
            (pack / "pack.json").write_text("{")
        case "duplicate":
            write_pack(tmp_path / "more", "nginx", "1.0.0")
        case _:
            (pack / "pipe").symlink_to("/dev/null")
    code, shown = run(tmp_path)
    assert code == 1
    assert "Nothing was pushed. Fix them, and run the command again." in shown
    assert not server.manifests
    assert not server.received


def test_duplicate_of_published_version(server: OciServer, tmp_path: Path) -> None:
    write_pack(tmp_path, "nginx", "1.0.0")
    run(tmp_path)
    write_pack(tmp_path / "more", "nginx", "1.0.0")
    write_pack(tmp_path, "new", "1.0.0")
    code, shown = run(tmp_path)
    assert code == 1
    assert "Nothing was pushed" in shown


def test_no_pack(server: OciServer, tmp_path: Path) -> None:
    code, shown = run(tmp_path)
    assert code == 1
    assert "PACK: no pack found in" in shown


def test_published_versions_are_not_checked(server: OciServer, tmp_path: Path) -> None:
    """They were accepted, maybe by older checks."""
    pack = write_pack(tmp_path, "nginx", "1.0.0")
    (pack / "unused").symlink_to("/etc")
    assert run(tmp_path)[0] == 1
    (pack / "unused").unlink()
    assert run(tmp_path)[0] == 0


def test_errors_are_limited(server: OciServer, tmp_path: Path) -> None:
    for number in range(12):
        write_pack(tmp_path, f"pack-{number:02}", "1.0.0")
    server.failures = [Failure(413, times=10**6, methods=("POST",))]
    code, shown = run(tmp_path)
    assert code == 1
    assert shown.count("Response: 413") == 5
    assert "7 versions more failed." in shown


@pytest.mark.parametrize("options", [["--dry-run"], []], ids=" ".join)
def test_flavor_pack(
    pulumi: FakePulumi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    pushed: list[Any] = []
    monkeypatch.setattr(
        "cli.spectro.push_with_spectro",
        lambda registry, directories, force: pushed.append((directories, force)),
    )
    outputs = {"catalogUrl": "https://localhost/v1/_catalog", "endpoint": "https://localhost"}
    pulumi.answers["stack output"] = (0, json.dumps(outputs), "")
    pack = write_pack(tmp_path, "nginx", "1.0.0")
    code, shown = run(tmp_path, "--force", *options)
    if options:
        assert code == 1
        assert "DRY_RUN requires flavor oci." in shown
        assert pushed == []
    else:
        assert (code, pushed) == (0, [([pack], True)])


@pytest.mark.parametrize("dry_run", [False, True])
def test_sync(
    server: OciServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dry_run: bool
) -> None:
    synced: list[str] = []
    monkeypatch.setattr("cli.palette_sync.require_registration", lambda _: None)
    monkeypatch.setattr("cli.palette_sync.sync_registry", synced.append)
    write_pack(tmp_path, "nginx", "1.0.0")
    run(tmp_path, "--sync", *(["--dry-run"] if dry_run else []))
    assert synced == ([] if dry_run else ["dev"])
