"""The commands around the registration: by the consumer's project, and by hand with the form filled in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli import __main__ as commands
from cli import registration
from cli.console import CommandError
from cli.paths import PALETTE, REGISTRY, ROOT
from cli.pulumi_cli import Pulumi
from tests.support.commands import FakePulumi
from tests.support.palette.values import (
    CA,
    CLIENT_CERTIFICATE_FIELDS,
    OCI_FIELDS,
    PACK_OUTPUT,
)

OUTPUTS = {
    "registrationUid": "6a1f",
    "registrationName": "packs",
    "endpoint": PACK_OUTPUT["endpoint"],
    "scope": "tenant",
}
PLAIN = {**PACK_OUTPUT, "endpoint": "http://registry.example.com:8080", "caCertificate": ""}


class Fake(FakePulumi):
    """Remembers which project it was asked for."""

    def of(self, project: Any) -> Pulumi:
        self.asked.append(f"project {project.name}")
        return self


@pytest.fixture
def pulumi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Fake:
    fake = Fake(
        {
            "stack output": (0, json.dumps(OUTPUTS), ""),
            "stack export": (0, '{"deployment": {"resources": [{}]}}', ""),
        }
    )

    def config(stack: str) -> dict[str, Any]:
        if stack == "mistyped":
            raise CommandError("STACK: there is no Pulumi.mistyped.yaml")
        return {}

    monkeypatch.setattr(registration, "written_config", config)
    monkeypatch.setattr(registration, "ensure_pulumi", lambda: fake)
    monkeypatch.setattr(
        registration, "ensure_stack", lambda _, stack: fake.asked.append(f"stack {stack}")
    )
    monkeypatch.setattr(registration, "TRUSTED", tmp_path / "certs.d")
    monkeypatch.chdir(tmp_path)
    return fake


def run(*arguments: str) -> Result:
    return CliRunner().invoke(commands.cli, list(arguments))


def says(pulumi: Fake, console: Any) -> None:
    """Let the registry's stack have an output."""
    pulumi.answers["stack output"] = (
        0,
        json.dumps({"consoleRegistration": console, "endpoint": "x"}),
        "",
    )


def form(result: Result) -> dict[str, str]:
    assert result.exit_code == 0, result.stderr
    return {
        name.strip(): value.strip()
        for name, _, value in (line.partition("  ") for line in result.stdout.splitlines())
    }


def test_register_brings_the_consumers_stack_up_and_prints_what_came_of_it(pulumi: Fake) -> None:
    result = run("register", "--stack", "prod")
    assert result.exit_code == 0, "it went well"
    assert pulumi.asked[:2] == ["project pack-registry-palette", "stack prod"], (
        "its stack is made where it is new"
    )
    update = pulumi.asked[2].split()
    assert (update[0], update[1:3]) == ("up", ["--stack", "prod"]), "the stack that was asked for"
    assert {
        "--yes",
        "--skip-preview",
        "--refresh",
        "--run-program",
        "--skip-config-validation",
    } <= set(update), "with the API key as it is by now"
    assert "registrationUid" in result.stdout, "what came of it"


def test_a_registration_that_fails_says_that_nothing_is_lost(pulumi: Fake) -> None:
    pulumi.answers["up"] = (255, "", "")
    result = run("register")
    assert result.exit_code == 1, "make and CI go by it"
    assert (
        "The registration of dev failed, for the reason above; nothing is lost, mend it and run `make register` again."
        in result.stderr
    )


def test_a_mistyped_stack_makes_none(pulumi: Fake) -> None:
    for command in ("register", "register-preview", "unregister", "registration"):
        pulumi.asked.clear()
        assert (
            "STACK: there is no Pulumi.mistyped.yaml" in run(command, "--stack", "mistyped").stderr
        )
        assert pulumi.asked == []


def test_a_stack_of_the_consumers_own_needs_none_of_the_registrys(
    pulumi: Fake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(registration, "ROOT", tmp_path)
    (tmp_path / "palette").mkdir()
    (tmp_path / "palette" / "Pulumi.mistyped.yaml").write_text("config: {}\n")
    assert run("register", "--stack", "mistyped").exit_code == 0, (
        "its registryStack may name another one"
    )


def test_a_preview_ends_as_pulumis_does(pulumi: Fake) -> None:
    pulumi.answers["preview"] = (7, "", "")
    assert run("register-preview").exit_code == 7, "CI goes by it"
    assert {"--refresh", "--run-program"} <= set(pulumi.asked[-1].split()), (
        "what was changed in the console is seen"
    )


def test_unregister_removes_the_registration_alone(pulumi: Fake) -> None:
    result = run("unregister")
    assert [asked for asked in pulumi.asked if asked.startswith("destroy")] == [
        "destroy --stack dev --yes --skip-preview --skip-config-validation"
    ]
    assert (
        "> No registration of dev is left in Palette; the registry itself runs on." in result.stderr
    ), "so it is after a failed first one, too"
    assert result.stderr.endswith(
        " (`pulumi stack rm` deletes palette/Pulumi.dev.yaml too; `--preserve-config` keeps it)\n"
    ), "Pulumi's hint does"


def test_unregister_of_what_was_never_registered_says_so(pulumi: Fake) -> None:
    pulumi.answers["stack export"] = (255, "", "error: no stack named 'dev' found")
    assert run("unregister").stderr == "> There is no registration of dev; nothing was removed.\n"
    assert not [asked for asked in pulumi.asked if asked.startswith("destroy")]


def test_the_api_key_is_kept_encrypted_and_stands_in_no_list_of_processes(
    pulumi: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PALETTE_API_KEY", "MARKER")
    result = run("register-key")
    assert result.exit_code == 0, result.stderr
    assert "config set --secret paletteApiKey --stack dev" in pulumi.asked
    assert "MARKER" not in str(pulumi.asked) + result.stderr + result.stdout
    pulumi.answers["config set"] = (255, "", "error: passphrase must be set\n")
    refused = run("register-key")
    assert (refused.exit_code, refused.stderr.splitlines()[-1]) == (
        1,
        "x error: passphrase must be set",
    ), "in Pulumi's words"


def test_the_api_key_is_no_argument_of_the_command(pulumi: Fake) -> None:
    assert run("register-key", "--key", "MARKER").exit_code == 2, (
        "every user of the machine can read a command line"
    )
    assert pulumi.asked == []


def test_a_key_that_nobody_can_be_asked_for_is_told_with_the_variable_for_it(
    pulumi: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PALETTE_API_KEY", raising=False)
    told = run("register-key")
    assert (told.exit_code, told.stderr) == (
        1,
        "x The API key can't be asked for without a terminal; run `PALETTE_API_KEY=... make register-key`.\n",
    )
    assert pulumi.asked == []


def test_each_stack_has_a_file_of_its_own_for_its_certificate(pulumi: Fake) -> None:
    says(pulumi, PACK_OUTPUT)
    assert form(run("registration", "--stack", "edge"))["TLS certificate"] == "ca-edge.crt", (
        "another stack's may be at ca.crt"
    )


def test_unregister_takes_a_new_api_key_where_the_old_one_is_refused(pulumi: Fake) -> None:
    asked = pulumi.asked
    pulumi.answers["destroy"] = (255, "", "")
    result = run("unregister")
    assert [
        command.endswith("--run-program") for command in asked if command.startswith("destroy")
    ] == [False, True]
    assert result.exit_code == 1, "it was in vain, too"
    assert (
        "The registration of dev could not be removed, for the reason above; mend it and run `make unregister` again."
        in result.stderr
    )


def test_the_form_is_filled_in_field_by_field(pulumi: Fake) -> None:
    says(pulumi, PACK_OUTPUT)
    assert form(run("registration")) == {
        "Name": "packs",
        "Endpoint": "https://registry.example.com",
        "Username": "admin",
        "Password": "[secret], shown with SECRETS=1",
        "TLS certificate": "ca.crt",
        "Insecure Skip TLS Verify": "leave it empty",
    }
    assert Path("ca.crt").read_text() == CA
    assert not [asked for asked in pulumi.asked if asked.startswith(("up", "project"))], (
        "Palette is not asked"
    )


def test_the_form_of_an_oci_registry_is_another(pulumi: Fake) -> None:
    says(pulumi, {**PACK_OUTPUT, **OCI_FIELDS})
    assert form(run("registration")) == {
        "Name": "packs",
        "Provider": "Pack",
        "OCI Authentication Type": "Basic",
        "Endpoint": "https://registry.example.com",
        "Base Content Path": "spectro-packs/archive",
        "Username": "admin",
        "Password": "[secret], shown with SECRETS=1",
        "TLS certificate": "ca.crt",
        "Insecure Skip TLS Verify": "leave it empty",
    }
    says(pulumi, {**PACK_OUTPUT, **OCI_FIELDS, "baseContentPath": ""})
    assert form(run("registration"))["Base Content Path"] == "leave it empty"


def test_the_spectro_cli_is_not_for_oci_registries(pulumi: Fake, tmp_path: Path) -> None:
    says(pulumi, {**PACK_OUTPUT, **OCI_FIELDS})
    result = run("registration", "--cli-trust")
    assert (
        "CLI_TRUST: the Spectro CLI speaks to pack registries only; oras takes the certificate with --ca-file."
        in result.stderr
    )
    assert not (tmp_path / "certs.d").exists(), "nothing is written"


def test_the_password_is_shown_on_request_alone(pulumi: Fake) -> None:
    says(pulumi, PACK_OUTPUT)
    masked = run("registration")
    assert PACK_OUTPUT["password"] not in masked.stdout + masked.stderr
    assert form(run("registration", "--secrets"))["Password"] == PACK_OUTPUT["password"]


def test_a_password_that_nobody_knows_is_said_to_be_the_users(pulumi: Fake) -> None:
    says(pulumi, {**PACK_OUTPUT, "password": ""})
    assert (
        form(run("registration", "--secrets"))["Password"]
        == "(the one of the bcrypt hash in the stack's users)"
    )


def test_without_tls_there_is_no_file_to_write(pulumi: Fake) -> None:
    says(pulumi, PLAIN)
    filled = form(run("registration"))
    assert (filled["TLS certificate"], filled["Insecure Skip TLS Verify"]) == (
        "(none: the registry speaks plain HTTP)",
        "leave it empty",
    )
    assert not Path("ca.crt").exists()
    assert (
        "CLI_TRUST: the registry speaks plain HTTP and has no certificate"
        in run("registration", "--cli-trust").stderr
    )


def test_the_form_goes_by_the_registrations_own_settings(
    pulumi: Fake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(registration, "ROOT", tmp_path)
    (tmp_path / "palette").mkdir()
    settings = tmp_path / "palette" / "Pulumi.dev.yaml"
    settings.write_text(
        "config:\n  pack-registry-palette:registrationName: Packs of ours\n  pack-registry-palette:insecureSkipVerify: true\n"
    )
    says(pulumi, PLAIN)
    filled = form(run("registration"))
    assert (filled["Name"], filled["Insecure Skip TLS Verify"]) == ("Packs of ours", "tick it"), (
        "as `make register` would have it"
    )
    says(pulumi, PACK_OUTPUT)
    assert form(run("registration"))["Insecure Skip TLS Verify"] == "leave it empty", (
        "there is a certificate to verify"
    )
    settings.write_text("config: [")
    assert (
        run("registration").stderr.splitlines()[-1]
        == "x palette/Pulumi.dev.yaml is no valid stack file: config must be a group of keys."
    )


def test_a_certificate_of_a_public_authority_needs_no_file(pulumi: Fake, tmp_path: Path) -> None:
    says(pulumi, {**PACK_OUTPUT, "caCertificate": ""})
    filled = form(run("registration"))
    assert (filled["TLS certificate"], filled["Insecure Skip TLS Verify"]) == (
        "(none: the registry's is a public authority's)",
        "leave it empty",
    )
    assert not Path("ca.crt").exists()
    result = run("registration", "--cli-trust")
    assert (
        "CLI_TRUST: the registry's certificate is a public authority's, which the Spectro CLI trusts as it is."
        in result.stderr
    )
    assert not (tmp_path / "certs.d").exists(), "nothing is written"


def test_the_form_names_the_clients_certificate_where_one_is_asked_for(pulumi: Fake) -> None:
    says(pulumi, {**PACK_OUTPUT, **CLIENT_CERTIFICATE_FIELDS})
    shown = run("registration", "--secrets")
    assert (
        form(shown)["Client certificate, key"]
        == "tls.clientCertificatePem, tls.clientPrivateKeyPem"
    )
    assert CLIENT_CERTIFICATE_FIELDS["clientKey"] not in shown.stdout


def test_the_file_is_written_where_it_is_asked_for(pulumi: Fake, tmp_path: Path) -> None:
    says(pulumi, PACK_OUTPUT)
    assert form(run("registration", "--file", "registry.pem"))["TLS certificate"] == "registry.pem"
    assert Path("registry.pem").read_text() == CA
    assert run("registration", "--file", "nowhere/ca.crt").stderr == (
        "x FILE: nowhere/ca.crt can't be written (No such file or directory); allowed is a file in a directory that is there.\n"
    )


@pytest.mark.parametrize(
    "authority", ["registry.example.com", "registry.example.com:8443", "[fd00::5]:8443"]
)
def test_the_spectro_cli_finds_the_certificate_under_host_and_port(
    authority: str, pulumi: Fake, tmp_path: Path
) -> None:
    says(pulumi, {**PACK_OUTPUT, "endpoint": f"https://{authority}"})
    result = run("registration", "--cli-trust")
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "certs.d" / authority / "ca.crt").read_text() == CA
    assert f"trusts the registry by {tmp_path}/certs.d/{authority}/ca.crt" in result.stderr


def test_whoever_may_not_write_there_is_told_the_command(
    pulumi: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(pulumi, {**PACK_OUTPUT, "endpoint": "https://registry.example.com:8443"})

    def forbidden(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(registration, "TRUSTED", Path("/etc/spectro/certs.d"))
    monkeypatch.setattr(Path, "mkdir", forbidden)
    result = run("registration", "--cli-trust")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        "x CLI_TRUST: this user may not write /etc/spectro/certs.d/registry.example.com:8443/ca.crt; "
        "run `sudo install -D -m 0644 ca.crt /etc/spectro/certs.d/registry.example.com:8443/ca.crt`."
    )
    assert Path("ca.crt").read_text() == CA, "the file that the command takes"


def test_another_fault_of_the_file_system_is_told(pulumi: Fake, tmp_path: Path) -> None:
    says(pulumi, PACK_OUTPUT)
    (tmp_path / "certs.d").write_text("a file")
    assert (
        "can't be written (Not a directory); mend that, then run this again."
        in run("registration", "--cli-trust").stderr
    )


def test_a_stack_without_outputs_is_told_with_what_makes_them(pulumi: Fake) -> None:
    pulumi.answers["stack output"] = (0, "{}", "")
    assert (
        run("registration").stderr
        == "x The stack dev has no outputs; bring it up with `make up STACK=dev`.\n"
    )
    says(pulumi, None)
    assert "The stack dev has no output consoleRegistration" in run("registration").stderr


def test_each_project_is_run_in_its_own_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []
    monkeypatch.setattr("subprocess.run", lambda *_, cwd, **__: seen.append(cwd))
    cli = Pulumi("pulumi", {"PULUMI_BACKEND_URL": "file:///x"})
    cli.ask("version")
    cli.of(PALETTE).ask("version")
    assert seen == [ROOT, ROOT / "palette"]
    assert cli.of(PALETTE).environment is cli.environment, (
        "one backend and one passphrase: the one reads what the other has made"
    )
    assert (REGISTRY.option, PALETTE.option) == ("", " --cwd palette")
