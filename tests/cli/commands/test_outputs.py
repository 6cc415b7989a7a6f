"""``make outputs``."""

from __future__ import annotations

import json

import pytest

from tests.cli.commands.fakes import OUTPUTS, run
from tests.support.commands import FakePulumi


def test_table(pulumi: FakePulumi) -> None:
    lines = run("outputs").stdout.splitlines()
    shown = dict(line.split(maxsplit=1) for line in lines)
    assert list(shown) == sorted(OUTPUTS)
    assert shown["endpoint"] == "https://[fd00::5]:8443"
    assert shown["adminPassword"] == "[secret]"
    assert shown["certificateFingerprint"] == "(empty)"
    assert shown["caCertificate"] == (
        "-----BEGIN CERTIFICATE----- ... (full value: `make outputs OUTPUT=caCertificate`)"
    )


def test_long_value_is_cut_in_table(pulumi: FakePulumi) -> None:
    long = "https://" + "a" * 300
    pulumi.answers["stack output"] = (0, json.dumps({**OUTPUTS, "endpoint": long}), "")
    line = next(line for line in run("outputs").stdout.splitlines() if line.startswith("endpoint"))
    assert line.endswith(f"  {long[:200]} ... (full value: `make outputs OUTPUT=endpoint`)")
    assert run("outputs", "--only", "endpoint").stdout == f"{long}\n"


def test_json(pulumi: FakePulumi) -> None:
    result = run("outputs", "--only", "json", "--secrets")
    assert json.loads(result.stdout) == OUTPUTS
    assert pulumi.calls[-1].endswith("--show-secrets")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("caCertificate", OUTPUTS["caCertificate"]),
        ("endpoint", "https://[fd00::5]:8443\n"),
        ("users", '{"admin": "x"}\n'),
    ],
)
def test_single_output(pulumi: FakePulumi, name: str, text: str) -> None:
    assert run("outputs", "--only", name).stdout == text


def test_masked_output_is_rejected(pulumi: FakePulumi) -> None:
    for stack, argument in (("dev", ""), ("prod", " STACK=prod")):
        result = run("outputs", "--only", "adminPassword", "--stack", stack)
        assert (result.exit_code, result.stdout) == (1, "")
        command = f"make outputs OUTPUT=adminPassword SECRETS=1{argument}"
        assert result.stderr == f"x adminPassword is a secret. To show it, run `{command}`.\n"
    pulumi.answers["stack output"] = (0, json.dumps({**OUTPUTS, "adminPassword": "pass"}), "")
    assert run("outputs", "--only", "adminPassword", "--secrets").stdout == "pass\n"


def test_table_explains_secrets(pulumi: FakePulumi) -> None:
    assert run("outputs").stderr == "> To show the secrets, run `make outputs SECRETS=1`.\n"
    shown = {**OUTPUTS, "adminPassword": "pass", "consoleRegistration": {"password": "x" * 300}}
    pulumi.answers["stack output"] = (0, json.dumps(shown), "")
    result = run("outputs", "--secrets")
    assert result.stderr == ""
    line = next(
        line for line in result.stdout.splitlines() if line.startswith("consoleRegistration")
    )
    assert line.endswith(" ... (full value: `make outputs OUTPUT=consoleRegistration SECRETS=1`)")


def test_unknown_output(pulumi: FakePulumi) -> None:
    result = run("outputs", "--only", "endpiont")
    assert result.exit_code == 1
    assert (
        'OUTPUT: unknown output "endpiont". Must be one of: table, json, adminPassword, '
        in result.stderr
    )


def test_empty_outputs(pulumi: FakePulumi) -> None:
    pulumi.answers["stack output"] = (0, "{}", "")
    assert run("outputs", "--stack", "prod").stderr == (
        "x Stack prod has no outputs. Create the registry with `make up STACK=prod`.\n"
    )


def test_missing_stack(
    pulumi: FakePulumi,
) -> None:
    pulumi.answers["stack output"] = (255, "", "error: no stack named 'prod' found")
    result = run("outputs", "--stack", "prod")
    assert (result.exit_code, result.stderr) == (
        1,
        "x Stack prod has no outputs. Create the registry with `make up STACK=prod`.\n",
    )
