"""The installation of the Pulumi CLI."""

from __future__ import annotations

import socket
import threading
import time
import urllib.request
from email.message import Message
from http.client import IncompleteRead
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import psutil
import pytest

from cli.paths import ROOT
from cli.pulumi import install
from cli.pulumi.archive import ArchiveError
from cli.pulumi.binary import find_or_install_pulumi, require_pulumi
from cli.pulumi.install import PulumiNotInstalledError


@pytest.fixture
def installer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A script that replaces the installer. The test writes it."""
    script = tmp_path / "installer"
    monkeypatch.setattr(install, "PROGRAM", ["/bin/sh", str(script)])
    return script


def test_missing_cli_is_installed(tmp_path: Path, installer: Path) -> None:
    installer.write_text('printf "%s/bin/pulumi" "$1"\n')
    assert require_pulumi().command == str(tmp_path / "home" / "bin" / "pulumi")


def test_failed_installation(installer: Path) -> None:
    installer.write_text('echo "curl: (6)\n  Could not resolve host" >&2\nexit 1\n')
    with pytest.raises(PulumiNotInstalledError) as raised:
        require_pulumi()
    assert raised.value.message == (
        "The Pulumi CLI is not installed and could not be downloaded "
        "(curl: (6) Could not resolve host). Install it with "
        "`curl -fsSL https://get.pulumi.com | sh` (https://www.pulumi.com/docs/install/), "
        "then run this command again."
    )


@pytest.mark.parametrize(
    ("proxy", "advice"),
    [
        ("", "Behind a proxy, set `https_proxy`."),
        ("http://user:secret@proxy:3128", "Check `https_proxy`."),
    ],
)
def test_unreachable_site(
    installer: Path, proxy: str, advice: str, monkeypatch: pytest.MonkeyPatch, messages: list[str]
) -> None:
    if proxy:
        monkeypatch.setenv("https_proxy", proxy)
    installer.write_text(
        f'echo "get.pulumi.com: Name or service not known" >&2\nexit {install.UNREACHABLE}\n'
    )
    problem = (
        "The Pulumi CLI is not installed and could not be downloaded "
        "(get.pulumi.com: Name or service not known)."
    )
    advice += " On a machine without a connection, see docs/how-to/air-gap.md."
    with pytest.raises(PulumiNotInstalledError) as raised:
        require_pulumi()
    assert raised.value.message == (
        f"{problem} {advice} Otherwise, install the CLI "
        "(https://www.pulumi.com/docs/install/), then run this command again."
    )
    assert find_or_install_pulumi() is None
    assert messages[-1] == f"{problem} {advice}"
    assert (ROOT / install.AIR_GAP).is_file()


def test_timeout_ends_all_processes(
    installer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "INSTALL_SECONDS", 0.3)
    pid = tmp_path / "pid"
    installer.write_text(f"/bin/sleep 60 &\necho $! >{pid}\nwait\n")
    with pytest.raises(PulumiNotInstalledError) as raised:
        require_pulumi()
    assert "(it took longer than PULUMI_INSTALL_SECONDS, 0.3 s)" in raised.value.message
    end = time.monotonic() + 5
    while is_running(int(pid.read_text())) and time.monotonic() < end:
        time.sleep(0.01)
    assert not is_running(int(pid.read_text()))


def is_running(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(socket, "setdefaulttimeout", lambda _: None)
    monkeypatch.setattr(install, "reach_site", lambda: None)
    monkeypatch.setattr(install, "install_archive", lambda root: f"{root}/bin/pulumi")
    install.main(str(tmp_path))
    assert capsys.readouterr().out == f"{tmp_path}/bin/pulumi"


def fail_with(error: Exception, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the program with an installation that raises an error, and return its exit code."""

    def fail(_: Path) -> str:
        raise error

    monkeypatch.setattr(socket, "setdefaulttimeout", lambda _: None)
    monkeypatch.setattr(install, "reach_site", lambda: None)
    monkeypatch.setattr(install, "install_archive", fail)
    with pytest.raises(SystemExit) as raised:
        install.main("/somewhere")
    return raised.value.code


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ArchiveError("the archive has\nanother digest"), "the archive has another digest"),
        (
            PermissionError(13, "Permission denied", "/home/ops/.pulumi"),
            "[Errno 13] Permission denied: '/home/ops/.pulumi'",
        ),
        (OSError(28, "No space left on device"), "No space left on device"),
    ],
)
def test_reason_is_one_line(
    error: Exception, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fail_with(error, monkeypatch) == message


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (URLError(socket.gaierror(-2, "Name or service not known")), "Name or service not known"),
        (
            URLError(socket.gaierror(-3, "Temporary failure\nin name resolution")),
            "Temporary failure in name resolution",
        ),
        (URLError(ConnectionRefusedError(111, "Connection refused")), "Connection refused"),
        (URLError(OSError(101, "Network is unreachable")), "Network is unreachable"),
        (
            URLError(OSError("Tunnel connection failed: 407 Proxy Authentication Required")),
            "Tunnel connection failed: 407 Proxy Authentication Required",
        ),
        (HTTPError(install.SITE, 403, "Forbidden", Message(), None), "HTTP Error 403: Forbidden"),
        (TimeoutError("The read operation timed out"), "The read operation timed out"),
        (ConnectionResetError(104, "Connection reset by peer"), "Connection reset by peer"),
        (
            IncompleteRead(b"some", 10),
            "IncompleteRead(4 bytes read, 10 more expected)",
        ),
    ],
)
def test_unreachable_host_is_named(
    error: Exception,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert fail_with(error, monkeypatch) == install.UNREACHABLE
    assert capsys.readouterr().err == f"get.pulumi.com: {reason}"


def test_unresponsive_site(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    end = threading.Event()

    def hang(_: str) -> Any:
        end.wait(60)  # like a name resolution, which has no time limit
        raise OSError

    monkeypatch.setattr(socket, "setdefaulttimeout", lambda _: None)
    monkeypatch.setattr(install, "REACH_SECONDS", 0.1)
    monkeypatch.setattr(urllib.request, "urlopen", hang)
    monkeypatch.setattr(install, "install_archive", None)  # must not be called
    with pytest.raises(SystemExit) as raised:
        install.main("/somewhere")
    end.set()
    assert raised.value.code == install.UNREACHABLE
    assert capsys.readouterr().err == "get.pulumi.com: no response within 0.1 s"


def test_time_limits() -> None:
    assert install.CONNECT_SECONDS <= install.REACH_SECONDS <= 20
    assert install.INSTALL_SECONDS <= 120


def test_find_or_install(installer: Path, messages: list[str]) -> None:
    installer.write_text("echo 'no route to host' >&2\nexit 1\n")
    assert find_or_install_pulumi() is None
    assert messages == [
        "The Pulumi CLI is not installed and could not be downloaded (no route to host)."
    ]
    installer.write_text('printf "%s/bin/pulumi" "$1"\n')
    assert find_or_install_pulumi() == require_pulumi()
