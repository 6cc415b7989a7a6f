"""The backend and its passphrase."""

from __future__ import annotations

import itertools
import os
import secrets
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cli.console import CommandError
from cli.pulumi.binary import require_pulumi
from tests.support.programs import write_program


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_local_state(project: Path, tmp_path: Path, messages: list[str]) -> None:
    write_program(tmp_path / "path")
    previous = os.umask(0)  # the most open of all
    try:
        environment = require_pulumi().environment
    finally:
        os.umask(previous)
    passphrase = project / ".state" / "passphrase"
    assert environment["PULUMI_BACKEND_URL"] == (project / ".state").as_uri()
    assert environment["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(passphrase)
    assert (mode(passphrase), mode(passphrase.parent)) == (0o600, 0o700)
    assert len(passphrase.read_text()) >= 32
    assert passphrase.read_text() not in "".join(messages)
    assert messages == [
        "Storing state in .state/ and its passphrase in .state/passphrase. Back up both."
    ]


def test_passphrase_is_generated_once(project: Path, tmp_path: Path, messages: list[str]) -> None:
    write_program(tmp_path / "path")
    require_pulumi()
    before = (project / ".state" / "passphrase").read_text()
    (project / "Pulumi.dev.yaml").write_text("encryptionsalt: v1:x\n")
    require_pulumi()
    assert (project / ".state" / "passphrase").read_text() == before
    assert len(messages) == 1


def test_concurrent_commands_share_passphrase(
    project: Path, tmp_path: Path, messages: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(tmp_path / "path")
    both, number = threading.Barrier(2, timeout=10), itertools.count()

    def token(_: int) -> str:
        both.wait()  # neither has found one
        return f"passphrase {next(number)}"

    monkeypatch.setattr(secrets, "token_urlsafe", token)

    def used(_: int) -> str:
        return Path(require_pulumi().environment["PULUMI_CONFIG_PASSPHRASE_FILE"]).read_text()

    with ThreadPoolExecutor() as pool:
        first, second = pool.map(used, range(2))
    assert first == second
    assert first.startswith("passphrase ")
    assert [path.name for path in (project / ".state").iterdir()] == ["passphrase"]
    assert len(messages) == 1


def test_passphrase_of_concurrent_command(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(tmp_path / "path")
    glob = Path.glob

    def meanwhile(self: Path, pattern: str) -> Iterator[Path]:
        (project / ".state" / "passphrase").write_text("another's")
        (project / "Pulumi.dev.yaml").write_text("encryptionsalt: v1:x\n")
        return iter(list(glob(self, pattern)))

    monkeypatch.setattr(Path, "glob", meanwhile)
    require_pulumi()
    assert (project / ".state" / "passphrase").read_text() == "another's"


@pytest.mark.parametrize(
    "text", ["encryptionsalt: v1:x\n", "config:\n  a: b\nencryptionsalt: v1:x\n"]
)
def test_missing_passphrase(project: Path, tmp_path: Path, text: str) -> None:
    write_program(tmp_path / "path")
    (project / "Pulumi.prod.yaml").write_text(text)
    with pytest.raises(CommandError) as raised:
        require_pulumi()
    assert raised.value.message == (
        "Pulumi.prod.yaml is encrypted, and its passphrase is missing. "
        "Restore .state/passphrase, or set PULUMI_CONFIG_PASSPHRASE. "
        "To give up the stack and its secrets, remove the line encryptionsalt from that file."
    )
    assert not (project / ".state" / "passphrase").exists()


def test_unreadable_stack_files(project: Path, tmp_path: Path) -> None:
    write_program(tmp_path / "path")
    (project / "Pulumi.folder.yaml").mkdir()
    (project / "Pulumi.latin.yaml").write_bytes("config: {a: ü}\n".encode("latin-1"))
    require_pulumi()
    assert (project / ".state" / "passphrase").exists()


@pytest.mark.parametrize("variable", ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"])
def test_passphrase_of_environment(
    project: Path, tmp_path: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(tmp_path / "path")
    value = "given"
    monkeypatch.setenv(variable, value)
    environment = require_pulumi().environment
    assert environment[variable] == value
    assert not (project / ".state" / "passphrase").exists()


def test_backend_of_environment(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(tmp_path / "path")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://states")
    environment = require_pulumi().environment
    assert environment["PULUMI_BACKEND_URL"] == "s3://states"
    assert not (project / ".state").exists()


@pytest.mark.parametrize(
    ("credentials", "logged_in"),
    [
        ('{"current": "https://api.pulumi.com"}', True),
        ('{"current": ""}', False),
        ("{}", False),
        ("", False),
        (None, False),
    ],
)
def test_login(project: Path, tmp_path: Path, credentials: str | None, logged_in: bool) -> None:
    write_program(tmp_path / "path")
    if credentials is not None:
        (tmp_path / "home" / "credentials.json").write_text(credentials)
    environment = require_pulumi().environment
    assert ("PULUMI_BACKEND_URL" not in environment) is logged_in


@pytest.mark.parametrize("credentials", ['{"current": "s3://states"}', "[]", None])
def test_login_in_other_directory(
    project: Path, tmp_path: Path, credentials: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(tmp_path / "path")
    (tmp_path / "home" / "credentials.json").write_text('{"current": "https://api.pulumi.com"}')
    (tmp_path / "login").mkdir()
    if credentials:
        (tmp_path / "login" / "credentials.json").write_text(credentials)
    monkeypatch.setenv("PULUMI_CREDENTIALS_PATH", str(tmp_path / "login"))
    pulumi = require_pulumi()
    is_logged_in = credentials is not None and "s3" in credentials
    assert (pulumi.backend == "s3://states") is is_logged_in
    assert (project / ".state").exists() is not is_logged_in


def empty_passphrase(variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    file = variable.endswith("_FILE")
    monkeypatch.setenv(variable, str(tmp_path / "empty") if file else "")


@pytest.mark.parametrize("variable", ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"])
@pytest.mark.parametrize("backend", ["", "s3://states"])
def test_empty_passphrase(
    project: Path, tmp_path: Path, variable: str, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(tmp_path / "path")
    monkeypatch.setenv("PULUMI_BACKEND_URL", backend)
    empty_passphrase(variable, monkeypatch, tmp_path)
    with pytest.raises(CommandError) as raised:
        require_pulumi()
    assert raised.value.message == (
        f"{variable} is empty, so anybody could decrypt the secrets in state and stack config. "
        "Set a passphrase, or unset the variable to use a generated one. To use an empty one "
        "nevertheless, set ALLOW_EMPTY_PASSPHRASE=1."
    )
    assert not (project / ".state").exists()
    monkeypatch.setenv("ALLOW_EMPTY_PASSPHRASE", "1")
    assert require_pulumi().environment[variable] in ("", str(tmp_path / "empty"))


def test_empty_passphrase_and_pulumi_cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_program(tmp_path / "path")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "pul-x")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "")
    require_pulumi()  # Pulumi Cloud encrypts the secrets


@pytest.mark.parametrize("api", ["", "https://pulumi.example.com"])
def test_access_token_selects_pulumi_cloud(
    project: Path, tmp_path: Path, api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(tmp_path / "path")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "pul-x")
    monkeypatch.setenv("PULUMI_API", api)
    pulumi = require_pulumi()
    assert "PULUMI_BACKEND_URL" not in pulumi.environment
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" not in pulumi.environment
    assert pulumi.backend == (api or "https://api.pulumi.com")
    assert not (project / ".state").exists()


def test_empty_name_of_passphrase_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_program(project.parent / "path")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", "")
    variables = require_pulumi().environment
    assert variables["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(project / ".state" / "passphrase")


@pytest.mark.parametrize("url", ["garbage", "s3:states", "/home/me/state", "token PW"])
def test_invalid_backend(
    project: Path, tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(tmp_path / "path")
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    with pytest.raises(CommandError) as raised:
        require_pulumi()
    assert raised.value.message.startswith("The URL of Pulumi's backend is invalid")
    assert url not in raised.value.message, "it may contain credentials"
    assert not (project / ".state").exists()


def test_linked_state(project: Path, tmp_path: Path) -> None:
    write_program(tmp_path / "path")
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    (project / ".state").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CommandError) as raised:
        require_pulumi()
    assert raised.value.message.startswith(".state is a symbolic link. ")
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert mode(tmp_path / "elsewhere") == 0o755


def test_linked_passphrase(project: Path, tmp_path: Path) -> None:
    write_program(tmp_path / "path")
    (project / ".state").mkdir()
    (tmp_path / "known").write_text("known to others")
    (project / ".state" / "passphrase").symlink_to(tmp_path / "known")
    with pytest.raises(CommandError) as raised:
        require_pulumi()
    assert raised.value.message.startswith(".state/passphrase is a symbolic link. ")


def test_api_key_is_not_passed(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(tmp_path / "path")
    monkeypatch.setenv("PALETTE_API_KEY", "MARKER")
    assert "MARKER" not in require_pulumi().environment.values()
