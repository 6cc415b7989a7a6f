"""Misspelled variables on the command line of make."""

from __future__ import annotations

import pytest

from cli.console import CommandError
from cli.make_variables import refuse_misspelled
from tests.cli.commands.fakes import run

KNOWN = "STACK PACK FILE FORCE DRY_RUN SYNC OUTPUT YES"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("PAKC", "PACK"),
        ("PACKS", "PACK"),
        ("stack", "STACK"),
        ("DRY", "DRY_RUN"),
        ("DRYRUN", "DRY_RUN"),
        ("dry-run", "DRY_RUN"),
        ("FORCED", "FORCE"),
        ("YESS", "YES"),
    ],
)
def test_misspelled(name: str, meant: str) -> None:
    environment = {"MAKE_KNOWN": KNOWN, "MAKE_UNKNOWN": f"TZ {name}"}
    with pytest.raises(CommandError, match=f'Unknown variable {name}. Did you mean "{meant}"'):
        refuse_misspelled(environment)


@pytest.mark.parametrize("name", ["TZ", "AWS_PROFILE", "DOCKER_HOST", "PULUMI_BACKEND_URL", "CI"])
def test_other_variables(name: str) -> None:
    """They may be for the programs that a command starts."""
    environment = {"MAKE_KNOWN": KNOWN, "MAKE_UNKNOWN": name, "PATH": "/bin"}
    refuse_misspelled(environment)
    assert environment == {"PATH": "/bin"}


def test_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKE_KNOWN", KNOWN)
    monkeypatch.setenv("MAKE_UNKNOWN", "PAKC")
    result = run("pack-check", "--pack", "/missing")
    assert result.exit_code == 1
    assert "x Unknown variable PAKC. Did you mean" in result.stderr
