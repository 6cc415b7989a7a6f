"""The Pulumi CLI: where it is found, how it is installed, where state and its passphrase are kept."""

from __future__ import annotations

import importlib.metadata
import itertools
import json
import os
import secrets
import signal
import socket
import stat
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from pulumi import automation

from cli import install_pulumi, pulumi_cli
from cli.console import CommandError
from cli.pulumi.binary import Pulumi, PulumiNotInstalledError, ensure_pulumi, find_pulumi


@pytest.fixture(autouse=True)
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    heard: list[str] = []
    monkeypatch.setattr(pulumi_cli, "say", heard.append)
    return heard


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own, with nothing on PATH and nothing in Pulumi's directory."""
    root = tmp_path / "project"
    root.mkdir()
    for name, value in {
        "ROOT": root,
        "STATE": root / ".state",
        "PASSPHRASE": root / ".state" / "passphrase",
        "PULUMI_HOME": tmp_path / "home",
    }.items():
        monkeypatch.setattr(pulumi_cli, name, value)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return root


def program(directory: Path) -> str:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "pulumi"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_cli_on_path_comes_before_the_one_in_pulumis_directory(tmp_path: Path) -> None:
    assert find_pulumi() is None, "there is none"
    own = program(tmp_path / "home" / "bin")
    assert find_pulumi() == own, "where Pulumi's installer puts it"
    first = program(tmp_path / "path")
    assert find_pulumi() == first, "what the user would run"


def test_the_cli_is_called_with_its_plugins_beside_it(tmp_path: Path) -> None:
    own = program(tmp_path / "home" / "bin")
    found = ensure_pulumi()
    assert found.command == own, "where it was found"
    assert found.environment["PATH"].split(os.pathsep)[0] == str(tmp_path / "home" / "bin"), (
        "the language host stands beside the CLI"
    )
    assert found.environment["PULUMI_SKIP_UPDATE_CHECK"] == "true", (
        "nobody wants to be told of other versions in mid-update"
    )
    assert found.environment["no_grpc_proxy"] == "127.0.0.1,localhost", (
        "a proxy knows no way to this machine's engine"
    )


def old_cli(directory: Path, version: str) -> Pulumi:
    """A CLI of a version, all of whose other commands fail."""
    Path(program(directory)).write_text(
        f'#!/bin/sh\n[ "$1" = version ] && echo v{version} && exit\nexit 255\n'
    )
    return Pulumi(str(directory / "pulumi"), {})


def test_a_command_that_fails_with_an_old_cli_says_that_it_is_old(
    tmp_path: Path, said: list[str]
) -> None:
    assert old_cli(tmp_path / "path", "3.9.1").run("up", "--some-new-option") == 255
    wanted = importlib.metadata.version("pulumi")
    (told,) = said
    assert told == (
        f"The Pulumi CLI at {tmp_path / 'path' / 'pulumi'} is 3.9.1; this project is made for {wanted} or newer: "
        "renew it with `curl -fsSL https://get.pulumi.com | sh`."
    ), "Pulumi's own words are of an unknown option"


@pytest.mark.parametrize(
    "version", [importlib.metadata.version("pulumi"), "99.0.0", "no version at all"]
)
def test_a_command_that_fails_for_another_reason_says_nothing_of_versions(
    tmp_path: Path, said: list[str], version: str
) -> None:
    assert old_cli(tmp_path / "path", version).run("up") == 255
    assert said == []


def test_a_command_that_goes_well_asks_for_no_version(tmp_path: Path, said: list[str]) -> None:
    pulumi = old_cli(tmp_path / "path", "3.9.1")
    Path(pulumi.command).write_text(f"#!/bin/sh\necho $1 >> {tmp_path / 'asked'}\n")
    assert pulumi.run("up") == 0
    assert (tmp_path / "asked").read_text() == "up\n", "it would take time in every update"


def interrupted_cli(directory: Path, code: int) -> Pulumi:
    """A CLI whose command is interrupted as a terminal's Ctrl-C does it, which its parent gets, too."""
    command = Path(program(directory))
    command.write_text(f"#!/bin/sh\nkill -INT $PPID\nexit {code}\n")
    return Pulumi(str(command), {})


def test_a_command_that_ctrl_c_ends_says_so_whatever_pulumi_calls_the_reason(
    tmp_path: Path, said: list[str]
) -> None:
    with pytest.raises(
        CommandError,
        match=r"^Stopped by Ctrl-C; nothing is lost, and the same command goes on from here\.$",
    ):
        interrupted_cli(tmp_path / "path", 255).run("up")
    assert said == [], "the CLI's age has no part in it"


def test_ctrl_c_that_comes_too_late_stops_nothing(tmp_path: Path) -> None:
    assert interrupted_cli(tmp_path / "path", 0).run("up") == 0, "all was done"


def test_ctrl_c_ends_what_runs_after_a_command_again(tmp_path: Path) -> None:
    handled = signal.getsignal(signal.SIGINT)
    with pytest.raises(CommandError):
        interrupted_cli(tmp_path / "path", 255).run("up")
    assert signal.getsignal(signal.SIGINT) is handled


@pytest.fixture
def installer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in the installer's place; the test writes it."""
    script = tmp_path / "installer"
    monkeypatch.setattr(pulumi_cli, "INSTALLER", ["/bin/sh", str(script)])
    return script


def test_a_missing_cli_is_installed_into_pulumis_directory(tmp_path: Path, installer: Path) -> None:
    installer.write_text('printf "%s/bin/pulumi" "$1"\n')
    assert ensure_pulumi().command == str(tmp_path / "home" / "bin" / "pulumi"), (
        "where it is found the next time"
    )


def test_a_cli_that_can_not_be_had_is_told_in_a_sentence(installer: Path) -> None:
    installer.write_text('echo "curl: (6)\n  Could not resolve host" >&2\nexit 1\n')
    with pytest.raises(PulumiNotInstalledError) as raised:
        ensure_pulumi()
    assert raised.value.message == (
        "The Pulumi CLI is not installed and could not be fetched (curl: (6) Could not resolve host); "
        "install it with `curl -fsSL https://get.pulumi.com | sh` (https://www.pulumi.com/docs/install/), then run this again."
    ), "one sentence, with the reason and the way out"


def test_an_installation_that_takes_too_long_is_ended_with_all_that_it_started(
    installer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulumi_cli, "INSTALL_SECONDS", 0.3)
    pid = tmp_path / "pid"
    installer.write_text(f"/bin/sleep 60 &\necho $! >{pid}\nwait\n")
    with pytest.raises(PulumiNotInstalledError) as raised:
        ensure_pulumi()
    assert (
        "(it took longer than 0.3 s, the limit in PULUMI_INSTALL_SECONDS)" in raised.value.message
    ), "the reason, and what to change"
    end = time.monotonic() + 5
    while at_work(int(pid.read_text())) and time.monotonic() < end:
        time.sleep(0.01)
    assert not at_work(int(pid.read_text())), (
        "a download that goes on could put half a CLI in place"
    )


def at_work(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_installer_is_the_sdks_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Any] = []

    def install(**how: Any) -> Any:
        asked.append(how)
        return SimpleNamespace(command="/somewhere/bin/pulumi")

    monkeypatch.setattr(socket, "setdefaulttimeout", lambda _: None)
    monkeypatch.setattr(install_pulumi, "reach_site", lambda: None)
    monkeypatch.setattr(automation, "PulumiCommand", SimpleNamespace(install=install))
    install_pulumi.main("/somewhere")
    assert asked == [{"root": "/somewhere"}], "the version that belongs to the SDK"
    assert capsys.readouterr().out == "/somewhere/bin/pulumi", "the path and nothing else"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (subprocess.CalledProcessError(1, "sh", b"first\nlast line\n"), "last line"),
        (
            OSError("<urlopen error [Errno -3] Temporary failure\n in name resolution>"),
            "[Errno -3] Temporary failure in name resolution",
        ),
    ],
)
def test_the_installer_tells_its_reason_in_one_line(
    error: Exception, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(**_: Any) -> Any:
        raise error

    monkeypatch.setattr(socket, "setdefaulttimeout", lambda _: None)
    monkeypatch.setattr(install_pulumi, "reach_site", lambda: None)
    monkeypatch.setattr(automation, "PulumiCommand", SimpleNamespace(install=install))
    with pytest.raises(SystemExit) as raised:
        install_pulumi.main("/somewhere")
    assert raised.value.code == told, "it becomes a part of a sentence"


def test_a_site_whose_packets_are_lost_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def lost(_: str) -> Any:
        over.wait(60)  # as the resolver waits, which knows no time limit
        raise OSError

    monkeypatch.setattr(socket, "setdefaulttimeout", lambda _: None)
    monkeypatch.setattr(install_pulumi, "REACH_SECONDS", 0.1)
    monkeypatch.setattr(urllib.request, "urlopen", lost)
    monkeypatch.setattr(automation, "PulumiCommand", None)  # the installer is not even started
    with pytest.raises(SystemExit) as raised:
        install_pulumi.main("/somewhere")
    over.set()
    assert raised.value.code == "https://get.pulumi.com/install.sh did not answer within 0.1 s", (
        "what does not answer, for a part of a sentence"
    )


def test_the_time_limits_leave_enough_for_a_trial_within_three_minutes() -> None:
    assert install_pulumi.CONNECT_SECONDS <= install_pulumi.REACH_SECONDS <= 20, (
        "a site that can't be reached is no reason to wait"
    )
    assert pulumi_cli.INSTALL_SECONDS <= 120, "a download that stands still is one neither"


def test_state_is_kept_in_the_project_with_a_passphrase_that_only_its_owner_may_read(
    project: Path, tmp_path: Path, said: list[str]
) -> None:
    program(tmp_path / "path")
    previous = os.umask(0)  # the most open of all
    try:
        environment = ensure_pulumi().environment
    finally:
        os.umask(previous)
    passphrase = project / ".state" / "passphrase"
    assert environment["PULUMI_BACKEND_URL"] == (project / ".state").as_uri(), (
        "no account is needed"
    )
    assert environment["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(passphrase), (
        "a file: a passphrase in the environment is seen by all its children"
    )
    assert (mode(passphrase), mode(passphrase.parent)) == (0o600, 0o700), (
        "all secrets of the state hang on it"
    )
    assert len(passphrase.read_text()) >= 32, "it can't be guessed"
    assert passphrase.read_text() not in "".join(said), "nor is it shown"
    assert said == [
        "State and its passphrase are kept in .state/ (keep both; the passphrase is .state/passphrase)"
    ], "said out loud, once"


def test_the_passphrase_stays_the_same(project: Path, tmp_path: Path, said: list[str]) -> None:
    program(tmp_path / "path")
    ensure_pulumi()
    before = (project / ".state" / "passphrase").read_text()
    (project / "Pulumi.dev.yaml").write_text("encryptionsalt: v1:x\n")
    ensure_pulumi()
    assert (project / ".state" / "passphrase").read_text() == before, (
        "with another one the state could not be read"
    )
    assert len(said) == 1, "it is said once"


def test_two_first_commands_at_once_have_one_passphrase(
    project: Path, tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "path")
    both, number = threading.Barrier(2, timeout=10), itertools.count()

    def token(_: int) -> str:
        both.wait()  # neither has found one
        return f"passphrase {next(number)}"

    monkeypatch.setattr(secrets, "token_urlsafe", token)

    def used(_: int) -> str:
        return Path(ensure_pulumi().environment["PULUMI_CONFIG_PASSPHRASE_FILE"]).read_text()

    with ThreadPoolExecutor() as pool:
        first, second = pool.map(used, range(2))
    assert first == second, "what one of them encrypts the other must read"
    assert first.startswith("passphrase "), "as a whole"
    assert [path.name for path in (project / ".state").iterdir()] == ["passphrase"], (
        "nothing else is left"
    )
    assert len(said) == 1, "it is said once"


def test_a_passphrase_that_another_command_has_just_made_opens_a_stack_that_was_encrypted_with_it(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "path")
    glob = Path.glob

    def meanwhile(self: Path, pattern: str) -> Iterator[Path]:
        (project / ".state" / "passphrase").write_text("another's")
        (project / "Pulumi.dev.yaml").write_text("encryptionsalt: v1:x\n")
        return iter(list(glob(self, pattern)))

    monkeypatch.setattr(Path, "glob", meanwhile)
    ensure_pulumi()
    assert (project / ".state" / "passphrase").read_text() == "another's", "it is not lost"


@pytest.mark.parametrize(
    "text", ["encryptionsalt: v1:x\n", "config:\n  a: b\nencryptionsalt: v1:x\n"]
)
def test_a_stack_encrypted_with_a_passphrase_that_is_gone_is_told(
    project: Path, tmp_path: Path, text: str
) -> None:
    program(tmp_path / "path")
    (project / "Pulumi.prod.yaml").write_text(text)
    with pytest.raises(CommandError) as raised:
        ensure_pulumi()
    assert raised.value.message == (
        "Pulumi.prod.yaml is encrypted with a passphrase that is not here; put that back as .state/passphrase, "
        "or set PULUMI_CONFIG_PASSPHRASE. "
        "If the stack and its secrets are given up, remove the line encryptionsalt from that file."
    ), "a new passphrase would not open it, and would hide that the old one is missing"
    assert not (project / ".state" / "passphrase").exists(), "no second passphrase is made"


def test_stack_files_that_can_not_be_read_are_no_hindrance_to_a_first_passphrase(
    project: Path, tmp_path: Path
) -> None:
    program(tmp_path / "path")
    (project / "Pulumi.folder.yaml").mkdir()
    (project / "Pulumi.latin.yaml").write_bytes("config: {a: ü}\n".encode("latin-1"))
    ensure_pulumi()
    assert (project / ".state" / "passphrase").exists(), (
        "what is wrong with a stack's file is told when that stack is asked for"
    )


@pytest.mark.parametrize("variable", ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"])
@pytest.mark.parametrize("value", ["", "given"])
def test_a_passphrase_of_ones_own_is_used(
    project: Path, tmp_path: Path, variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "path")
    monkeypatch.setenv(variable, value)
    environment = ensure_pulumi().environment
    assert environment[variable] == value, "an empty passphrase is one too"
    assert not (project / ".state" / "passphrase").exists(), "no second passphrase is made"


def test_a_backend_of_ones_own_is_used(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "path")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://states")
    environment = ensure_pulumi().environment
    assert environment["PULUMI_BACKEND_URL"] == "s3://states", "the user's choice"
    assert not (project / ".state").exists(), "nothing is kept here then"


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
def test_a_backend_that_the_user_is_logged_in_to_is_used(
    project: Path, tmp_path: Path, credentials: str | None, logged_in: bool
) -> None:
    program(tmp_path / "path")
    (tmp_path / "home").mkdir()
    if credentials is not None:
        (tmp_path / "home" / "credentials.json").write_text(credentials)
    environment = ensure_pulumi().environment
    assert ("PULUMI_BACKEND_URL" not in environment) is logged_in, (
        "`pulumi login` was made for a reason"
    )


def test_a_command_is_run_in_the_project_with_its_environment(
    project: Path, tmp_path: Path
) -> None:
    path = Path(program(tmp_path / "path"))
    path.write_text('#!/bin/sh\necho "$PWD $GIVEN $*"\necho "on error" >&2\nexit 3\n')
    answer = Pulumi(str(path), {"GIVEN": "value", "PATH": "/usr/bin:/bin"}).ask("stack", "ls")
    assert (answer.returncode, answer.stdout.strip(), answer.stderr.strip()) == (
        3,
        f"{project} value stack ls",
        "on error",
    ), "told apart"


def test_the_answer_of_a_command_that_fails_is_its_own_words(tmp_path: Path) -> None:
    path = Path(program(tmp_path / "path"))
    path.write_text("#!/bin/sh\necho 'error: no such stack' >&2\nexit 255\n")
    with pytest.raises(CommandError) as raised:
        pulumi_cli.json_answer(Pulumi(str(path), {}), "stack", "output")
    assert raised.value.message == "error: no such stack", "it knows best"
    path.write_text("#!/bin/sh\necho '" + json.dumps({"a": 1}) + "'\n")
    assert pulumi_cli.json_answer(Pulumi(str(path), {}), "stack", "output") == {"a": 1}, "as data"
