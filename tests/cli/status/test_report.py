"""The table and the JSON of ``make status``."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from jsonschema import Draft202012Validator

from cli.condition import Line, State
from cli.status.report import as_json, print_table, summary
from cli.status.run import CHECKS, StackStatus
from common.redaction import register_secrets
from tests.support.status import SCHEMA

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
WELL = StackStatus(
    "dev", "https://localhost", "docker", 1.2, (Line("server", State.OK, "runs", "no fix"),)
)
BAD = StackStatus(
    "prod",
    "https://packs.example.com",
    "kubernetes",
    1.5,
    (
        Line("backup", State.WARNING, "9 days ago", "Run `make backup`.", {"hours": 216.0}),
        Line("docker space", State.UNKNOWN, "the host is remote"),
        Line("users", State.ERROR, "users missing: spec\x1btro", "Run `make up`."),
    ),
)


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([WELL, BAD])
    assert capsys.readouterr().out == (
        "dev  https://localhost\n"
        "CHECK   STATE    VALUE\n"
        "server  OK       runs\n"
        "\n"
        "prod  https://packs.example.com\n"
        "CHECK         STATE    VALUE\n"
        "backup        warning  9 days ago\n"
        "                       -> Run `make backup`.\n"
        "docker space  unknown  the host is remote\n"
        "users         error    users missing: spec\\x1btro\n"
        "                       -> Run `make up`.\n"
        "\n"
        "dev: no problems.\n"
        "prod: 1 error, 1 warning, 1 unknown value.\n"
    )


def test_json() -> None:
    content = json.loads(as_json([WELL, BAD], NOW))
    Draft202012Validator(SCHEMA).validate(content)
    assert (content["time"], content["state"]) == ("2026-11-26T08:00:00Z", "error")
    well, bad = content["stacks"]
    assert (well["state"], well["checks"][0]["fix"]) == ("OK", "")
    assert bad["checks"][0] == {
        "check": "backup",
        "state": "warning",
        "value": "9 days ago",
        "fix": "Run `make backup`.",
        "figures": {"hours": 216.0},
    }


def test_schema_names_all_checks() -> None:
    documented = SCHEMA["$defs"]["check"]["properties"]["check"]["enum"]
    of_hosts = {"stack", "restarts", "image", "docker space", "proxy", "mirror"}
    assert set(documented) == {name for _, names in CHECKS for name in names} | of_hosts
    assert SCHEMA["$defs"]["state"]["enum"] == ["OK", "unknown", "warning", "error"]


def test_secrets_are_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    register_secrets("a-password-of-admin")
    line = Line("health", State.ERROR, "Basic a-password-of-admin", "a-password-of-admin")
    print_table([StackStatus("dev", "", "", 0.0, (line,))])
    assert "a-password-of-admin" not in capsys.readouterr().out


def test_summary() -> None:
    many = (Line("a", State.ERROR, "x"), Line("b", State.ERROR, "x"))
    assert summary(StackStatus("dev", "", "", 0.0, many)) == "dev: 2 errors."
