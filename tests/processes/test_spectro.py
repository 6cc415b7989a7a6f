"""Pushes with the Spectro CLI, whose place a script takes that asks as documented."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from cli import spectro
from cli.console import CommandError
from cli.spectro import push_with_spectro
from cli.stack_registry import StackRegistry
from tests.support.palette.values import PACK_OUTPUT

PASSWORD = "a password to be kept secret"
CLI = r"""#!/usr/bin/env python3
import getpass, json, os, stat, sys
log = {log!r}
def record(**more):
    with open(log, "a") as file:
        file.write(json.dumps({{"arguments": sys.argv[1:], **more}}) + "\n")
home, arguments = sys.argv[2], sys.argv[3:]
config = os.path.join(home, "config.json")
if arguments[:2] == ["registry", "login"]:
    mode = {mode!r}
    if mode == "silent":
        sys.exit("unknown flag: --home")
    if mode == "stuck":
        import time
        print("Waiting for a browser", flush=True); time.sleep(600)
    name = input("Username: ")
    password = getpass.getpass("Password: ")
    if mode == "rejects":
        sys.exit("Error: login attempt with " + password + " failed: 401 Unauthorized")
    with open(config, "w") as file:
        json.dump([name, password], file)
    record(home_mode=stat.S_IMODE(os.stat(home).st_mode), login=[name, password])
    print("Login Succeeded")
else:
    record(logged_in=os.path.exists(config))
    sys.exit(1 if "broken" in arguments[2] else 0)
"""


class Cli:
    """The CLI on PATH, and what it got."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.log = directory, directory / "log"

    def install(self, mode: str = "") -> None:
        program = self.directory / "spectro"
        program.write_text(CLI.format(log=str(self.log), mode=mode))
        program.chmod(0o755)

    def calls(self) -> list[dict[str, Any]]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [json.loads(line) for line in lines]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    made = Cli(tmp_path / "bin")
    made.directory.mkdir()
    python = Path(os.path.realpath("/usr/bin/env")).parent
    monkeypatch.setenv("PATH", f"{made.directory}{os.pathsep}{python}{os.pathsep}{os.defpath}")
    monkeypatch.setattr(spectro, "CLI_TRUST_DIRECTORY", tmp_path / "certs.d")
    trusted = tmp_path / "certs.d" / "registry.example.com:8443" / "ca.crt"
    trusted.parent.mkdir(parents=True)
    trusted.write_text(PACK_OUTPUT["caCertificate"])
    return made


def registry(**changes: Any) -> StackRegistry:
    endpoint = changes.pop("endpoint", "https://registry.example.com:8443")
    certificate = PACK_OUTPUT["caCertificate"] if endpoint.startswith("https") else ""
    outputs = {
        "endpoint": endpoint,
        "adminUsername": "admin",
        "adminPassword": PASSWORD,
        "consoleRegistration": {"caCertificate": certificate},
        **changes,
    }
    return StackRegistry("prod", outputs)


def failure(made: StackRegistry, *directories: str, force: bool = False) -> str:
    with pytest.raises(CommandError) as raised:
        push_with_spectro(made, [Path(each) for each in directories], force=force)
    assert PASSWORD not in raised.value.message
    return raised.value.message


def test_login_and_push(program: Cli, capfd: pytest.CaptureFixture[str]) -> None:
    program.install()
    push_with_spectro(registry(), [Path("packs/a"), Path("-b")], force=False)
    login, *pushes = program.calls()
    assert login["login"] == ["admin", PASSWORD]
    assert login["home_mode"] == stat.S_IRWXU
    assert login["arguments"][2:] == ["registry", "login", "registry.example.com:8443"]
    server = ["--registry-server", "registry.example.com:8443"]
    assert [each["arguments"][2:] for each in pushes] == [
        ["pack", "push", "packs/a", *server],
        ["pack", "push", "./-b", *server],
    ]
    assert all(each["logged_in"] for each in pushes)
    home = Path(login["arguments"][1])
    assert not home.exists(), "it has the password"
    assert PASSWORD not in json.dumps([each["arguments"] for each in program.calls()])
    assert PASSWORD not in "".join(capfd.readouterr())


def test_force_has_a_message(program: Cli) -> None:
    program.install()
    push_with_spectro(registry(), [Path("a")], force=True)
    assert program.calls()[1]["arguments"][-3:] == ["--force", "--message", "Pushed with make push"]


def test_plain_http_is_insecure(program: Cli) -> None:
    program.install()
    push_with_spectro(registry(endpoint="http://127.0.0.1:8080"), [Path("a")], force=False)
    assert program.calls()[0]["arguments"][2:] == [
        "registry",
        "login",
        "--insecure",
        "127.0.0.1:8080",
    ]


def test_failed_pushes_are_named(program: Cli) -> None:
    program.install()
    text = failure(registry(), "a", "broken 1", "b", "broken 2")
    assert text.startswith("The Spectro CLI did not push broken 1, broken 2. Fix the error above")
    assert len(program.calls()) == 5, "the others are pushed"


def test_missing_cli(program: Cli) -> None:
    assert failure(registry(), "packs/my pack", "-b", force=True).splitlines()[1:] == [
        "  make registration CLI_TRUST=1 STACK=prod",
        "  spectro registry login registry.example.com:8443",
        (
            "  spectro pack push 'packs/my pack' --registry-server registry.example.com:8443 "
            "--force --message 'Pushed with make push'"
        ),
        (
            "  spectro pack push ./-b --registry-server registry.example.com:8443 "
            "--force --message 'Pushed with make push'"
        ),
        (
            "The login asks for the name admin and the password that "
            "`make outputs OUTPUT=adminPassword SECRETS=1 STACK=prod` prints."
        ),
    ]


@pytest.mark.parametrize("found", [None, "another certificate"])
def test_untrusted_certificate(program: Cli, found: str | None) -> None:
    program.install()
    file = spectro.trust_file("https://registry.example.com:8443")
    file.unlink()
    if found:
        file.write_text(found)
    text = failure(registry(), "a")
    assert "Run `make registration CLI_TRUST=1 STACK=prod`, then run the command again." in text
    assert program.calls() == []


def test_unknown_password(program: Cli) -> None:
    program.install()
    assert "  spectro pack push a --registry" in failure(registry(adminPassword=""), "a")


def test_rejected_login(program: Cli) -> None:
    program.install("rejects")
    text = failure(registry(), "a")
    assert "login attempt with [secret] failed: 401 Unauthorized" in text
    assert "  spectro registry login registry.example.com:8443\n" in text


def test_other_version_of_cli(program: Cli) -> None:
    program.install("silent")
    assert "failed (unknown flag: --home)" in failure(registry(), "a")


def test_login_that_asks_nothing(program: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    program.install("stuck")
    monkeypatch.setattr(spectro, "LOGIN_SECONDS", 1.5)
    assert "The login with the Spectro CLI failed (Waiting for a browser)" in failure(
        registry(), "a"
    )
