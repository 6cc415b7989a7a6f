"""``make renewal``, and the notice of ``make up``."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

from cli import renewal as module
from cli.commands import renewal
from components.settings import Settings
from tests.cli.commands.fakes import NO_STACK, OUTPUTS, run
from tests.support.commands import FakePulumi


@pytest.fixture
def tls(pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The settings of the certificate, which a test changes."""
    settings: dict[str, Any] = {}
    monkeypatch.setattr(renewal, "require_pulumi", lambda: pulumi)
    monkeypatch.setattr(
        module,
        "readable_settings",
        lambda _: Settings.model_validate({"hostname": "packs.example.com", "tls": settings}),
    )
    return settings


def set_end(pulumi: FakePulumi, days: float) -> str:
    """Set the end of the certificate, and return the day of its renewal."""
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    outputs = {**OUTPUTS, "certificateNotAfter": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
    pulumi.answers["stack output"] = (0, json.dumps(outputs), "")
    return f"{end - datetime.timedelta(days=30):%Y-%m-%d}"


@pytest.mark.parametrize(("days", "due"), [(91, False), (89, True), (10, True), (-1, True)])
def test_notice(pulumi: FakePulumi, tls: dict[str, Any], days: int, due: bool) -> None:
    day = set_end(pulumi, days)
    expected = (
        f"https://[fd00::5]:8443: The first `make up STACK=prod` on or after {day} replaces the "
        "self-signed certificate. Every client then needs the new caCertificate, which "
        "`make registration FILE=ca.crt STACK=prod` writes to a file. With tls.mode private-ca, "
        "clients need a new certificate only when the CA ends.\n"
    )
    shown = run("renewal", "--stack", "prod", "--output", "notice")
    assert (shown.exit_code, shown.output) == (0, expected if due else "")
    assert run("renewal", "--stack", "prod").output == expected
    found = json.loads(run("renewal", "--stack", "prod", "--output", "json").output)
    assert found["due"] is due
    assert found["change"].startswith(day)
    assert ("> notice: The first `make up`" in run("up").stderr) is due


def test_no_notice_if_clients_need_nothing(pulumi: FakePulumi, tls: dict[str, Any]) -> None:
    tls["mode"] = "letsencrypt"
    tls["letsencrypt"] = {"email": "ops@example.com"}
    set_end(pulumi, 1)
    assert run("renewal", "--output", "notice").output == ""
    assert run("renewal").output == (
        "https://[fd00::5]:8443: No update changes a certificate. If there is one, others renew "
        "it.\n"
    )
    assert "notice" not in run("up").stderr


def test_no_registry(pulumi: FakePulumi, tls: dict[str, Any]) -> None:
    pulumi.answers["stack output"] = NO_STACK
    shown = run("renewal", "--output", "notice")
    assert shown.exit_code == 1
    assert "Stack dev has no registry. Create it with `make up`." in shown.stderr


def test_mistyped_stack(pulumi: FakePulumi, tls: dict[str, Any]) -> None:
    pulumi.answers["stack output"] = NO_STACK
    shown = run("renewal", "--stack", "dve")
    assert shown.exit_code == 1
    assert 'STACK: Pulumi.dve.yaml does not exist. Did you mean "dev"?' in shown.stderr


def test_invalid_output(tls: dict[str, Any]) -> None:
    shown = run("renewal", "--output", "yaml")
    assert shown.exit_code == 1
    assert 'OUTPUT: invalid value "yaml". Must be one of: table, json, notice.' in shown.stderr
