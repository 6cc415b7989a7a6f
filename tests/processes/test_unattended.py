"""The systemd units and the cron table of the documentation are valid."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cli.paths import ROOT
from tests.support.unattended import (
    EXAMPLES,
    cron_lines,
    make_targets,
    timers,
    unit_command,
    unit_environment,
)

MAILS = {
    "pack-registry-notice.service": ("OWNERS", "The certificate of a pack registry changes"),
    "pack-registry-warnings.service": ("ADMINS", "Warnings of a pack registry"),
}
"""Services that send a mail if a command prints something: recipient and subject."""
requires_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed"
)


def write_programs(directory: Path, **texts: str) -> None:
    """Write shell scripts with the names of programs."""
    directory.mkdir(exist_ok=True)
    for name, text in texts.items():
        (directory / name).write_text(f"#!/bin/sh\n{text}\n")
        (directory / name).chmod(0o755)


@requires_systemd
@pytest.mark.parametrize("timer", timers(), ids=lambda path: path.stem)
def test_units_are_valid(timer: Path, tmp_path: Path) -> None:
    for path in EXAMPLES.iterdir():
        shutil.copy(path, tmp_path)
    done = subprocess.run(
        ["systemd-analyze", "verify", f"./{timer.name}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    about_examples = [line for line in done.stderr.splitlines() if "pack-registry" in line]
    assert (done.returncode, about_examples) == (0, [])


def test_each_timer_has_a_service() -> None:
    for timer in timers():
        name, at, _ = timer.stem.partition("@")
        assert (EXAMPLES / f"{name}{at}.service").is_file(), timer


def test_page_installs_all_files() -> None:
    page = (ROOT / "docs/how-to/unattended.md").read_text()
    copied = {
        path.name
        for line in re.findall(r"^    sudo cp (.*) \S+$", page, re.MULTILINE)
        for word in line.split()
        for path in ROOT.glob(word)
    }
    assert copied == {path.name for path in EXAMPLES.iterdir()}
    (enabled,) = re.findall(r"^    sudo systemctl enable --now (.*)$", page, re.MULTILINE)
    assert set(enabled.split()) == {timer.name for timer in timers()}


def test_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    instances = {timer.stem.partition("@")[2] for timer in timers()} - {""}
    commands = [command for _, command in cron_lines()]
    for unit in MAILS:
        commands += unit_command(unit)
    targets = instances | set().union(*map(make_targets, commands))
    assert targets == {"up", "backup", "drill", "status", "renewal"}
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize(
    "line", cron_lines(), ids=lambda line: line[1].split(" make ")[1].split()[1]
)
def test_cron_line_is_shell(line: tuple[str, str]) -> None:
    subprocess.run(["/bin/sh", "-n", "-c", line[1]], check=True)


@pytest.mark.parametrize("unit", MAILS)
@pytest.mark.parametrize("notice", ["", "https://a: The first `make up` $(id) replaces it."])
def test_mail_is_sent_only_if_there_is_a_notice(tmp_path: Path, unit: str, notice: str) -> None:
    programs, sent = tmp_path / "bin", tmp_path / "sent"
    variable, subject = MAILS[unit]
    write_programs(programs, make="cat notice", mail='printf "%s\\n" "$@" >sent; cat >>sent')
    (tmp_path / "notice").write_text(notice)
    recipient = {variable: "a@example.com"}
    environment = unit_environment(PATH=f"{programs}:/usr/bin:/bin", **recipient)
    command = unit_command(unit)
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    if not notice:
        assert not sent.exists()
        return
    assert sent.read_text() == f"-s\n{subject}\na@example.com\n{notice}\n"
    write_programs(programs, make="exit 1")
    sent.unlink()
    failed = subprocess.run(command, cwd=tmp_path, env=environment, check=False)
    assert (failed.returncode, sent.exists()) == (1, False), "the service fails"


def test_table_with_error_is_sent(tmp_path: Path) -> None:
    """`make status` fails then. Another service reports errors within the hour."""
    write_programs(tmp_path / "bin", make="echo a table; exit 2", mail="cat >sent")
    environment = unit_environment(PATH=f"{tmp_path / 'bin'}:/usr/bin:/bin")
    command = unit_command("pack-registry-warnings.service")
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "sent").read_text() == "a table\n"


def test_failure_is_sent(tmp_path: Path) -> None:
    write_programs(tmp_path, journalctl='echo "log: $*"', mail='echo "$*" >sent; cat >>sent')
    for service in ("pack-registry@.service", *MAILS):
        text = (EXAMPLES / service).read_text()
        assert "\nOnFailure=pack-registry-failed@%n.service\n" in text
    command = unit_command("pack-registry-failed@.service", "pack-registry@up.service")
    environment = unit_environment(PATH=f"{tmp_path}:/usr/bin:/bin", ADMINS="a@example.com")
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    mail, log = (tmp_path / "sent").read_text().splitlines()
    assert mail == "-s pack-registry@up.service has failed a@example.com"
    assert log.startswith("log: --unit pack-registry@up.service ")
