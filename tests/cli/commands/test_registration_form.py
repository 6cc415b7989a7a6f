"""``make registration``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli import registration, spectro
from cli.commands import registration_form
from tests.cli.commands.fakes import run
from tests.cli.commands.palette_fakes import PLAIN_HTTP, PalettePulumi, form, set_registration
from tests.support.palette.values import CA, CLIENT_CERTIFICATE_FIELDS, OCI_FIELDS, PACK_OUTPUT


def test_pack_registry(palette: PalettePulumi) -> None:
    set_registration(palette, PACK_OUTPUT)
    assert form(run("registration-form")) == {
        "Name": "packs",
        "Endpoint": "https://registry.example.com",
        "Username": "admin",
        "Password": "[secret], shown with SECRETS=1",
        "TLS certificate": "ca.crt",
        "Insecure Skip TLS Verify": "do not select",
    }
    assert Path("ca.crt").read_text() == CA
    assert not palette.calls_of("up", "project")


def test_oci_registry(palette: PalettePulumi) -> None:
    set_registration(palette, {**PACK_OUTPUT, **OCI_FIELDS})
    assert form(run("registration-form")) == {
        "Name": "packs",
        "Provider": "Pack",
        "OCI Authentication Type": "Basic",
        "Endpoint": "https://registry.example.com",
        "Base Content Path": "packs",
        "Username": "admin",
        "Password": "[secret], shown with SECRETS=1",
        "TLS certificate": "ca.crt",
        "Insecure Skip TLS Verify": "do not select",
        "Push packs to": "registry.example.com/packs/spectro-packs/archive/NAME:VERSION",
    }


def test_password(palette: PalettePulumi) -> None:
    set_registration(palette, PACK_OUTPUT)
    masked = run("registration-form")
    assert PACK_OUTPUT["password"] not in masked.stdout + masked.stderr
    assert form(run("registration-form", "--secrets"))["Password"] == PACK_OUTPUT["password"]


def test_password_of_bcrypt_hash(palette: PalettePulumi) -> None:
    set_registration(palette, {**PACK_OUTPUT, "password": ""})
    assert form(run("registration-form", "--secrets"))["Password"] == (
        "(the password of the bcrypt hash in the setting users)"
    )


def test_plain_http(palette: PalettePulumi) -> None:
    set_registration(palette, PLAIN_HTTP)
    filled = form(run("registration-form"))
    assert (filled["TLS certificate"], filled["Insecure Skip TLS Verify"]) == (
        "(none: the registry uses plain HTTP)",
        "do not select",
    )
    assert not Path("ca.crt").exists()
    assert (
        "CLI_TRUST: the registry uses plain HTTP and has no certificate."
        in run("registration-form", "--cli-trust").stderr
    )


def test_registration_settings(
    palette: PalettePulumi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(registration, "ROOT", tmp_path)
    (tmp_path / "palette").mkdir()
    settings = tmp_path / "palette" / "Pulumi.dev.yaml"
    settings.write_text(
        "config:\n  pack-registry-palette:registrationName: Our packs\n"
        "  pack-registry-palette:insecureSkipVerify: true\n"
    )
    set_registration(palette, PLAIN_HTTP)
    filled = form(run("registration-form"))
    assert (filled["Name"], filled["Insecure Skip TLS Verify"]) == ("Our packs", "select")
    set_registration(palette, PACK_OUTPUT)
    assert form(run("registration-form"))["Insecure Skip TLS Verify"] == "do not select"
    settings.write_text("config: [")
    assert run("registration-form").stderr.splitlines()[-1] == (
        "x palette/Pulumi.dev.yaml is not a valid stack file: config must be an object."
    )


def test_public_ca(palette: PalettePulumi, tmp_path: Path) -> None:
    set_registration(palette, {**PACK_OUTPUT, "caCertificate": ""})
    filled = form(run("registration-form"))
    assert (filled["TLS certificate"], filled["Insecure Skip TLS Verify"]) == (
        "(none: a public CA issued the registry's certificate)",
        "do not select",
    )
    assert not Path("ca.crt").exists()
    result = run("registration-form", "--cli-trust")
    assert (
        "CLI_TRUST: a public CA issued the registry's certificate. "
        "The Spectro CLI trusts it without a file." in result.stderr
    )
    assert not (tmp_path / "certs.d").exists()


def test_client_certificate(palette: PalettePulumi) -> None:
    set_registration(palette, {**PACK_OUTPUT, **CLIENT_CERTIFICATE_FIELDS})
    shown = run("registration-form", "--secrets")
    assert (
        form(shown)["Client certificate, key"]
        == "tls.clientCertificatePem, tls.clientPrivateKeyPem"
    )
    assert CLIENT_CERTIFICATE_FIELDS["clientKey"] not in shown.stdout


def test_certificate_file(palette: PalettePulumi, tmp_path: Path) -> None:
    set_registration(palette, PACK_OUTPUT)
    shown = form(run("registration-form", "--file", "registry.pem"))
    assert shown["TLS certificate"] == "registry.pem"
    assert Path("registry.pem").read_text() == CA
    assert run("registration-form", "--file", "nowhere/ca.crt").stderr == (
        "x FILE: nowhere/ca.crt can't be written (No such file or directory). "
        "Must be a file in an existing directory.\n"
    )


def test_default_file_names_stack(palette: PalettePulumi) -> None:
    set_registration(palette, PACK_OUTPUT)
    assert form(run("registration-form", "--stack", "edge"))["TLS certificate"] == "ca-edge.crt"


def test_missing_outputs(palette: PalettePulumi) -> None:
    palette.answers["stack output"] = (0, "{}", "")
    assert run("registration-form").stderr == (
        "x Stack dev has no outputs. Create the registry with `make up`.\n"
    )
    set_registration(palette, None)
    assert "dev has no output consoleRegistration" in run("registration-form").stderr


@pytest.mark.parametrize(
    "host", ["registry.example.com", "registry.example.com:8443", "[fd00::5]:8443"]
)
def test_cli_trust(host: str, palette: PalettePulumi, tmp_path: Path) -> None:
    set_registration(palette, {**PACK_OUTPUT, "endpoint": f"https://{host}"})
    result = run("registration-form", "--cli-trust")
    assert result.exit_code == 0
    assert (tmp_path / "certs.d" / host / "ca.crt").read_text() == CA
    assert f"trusts the registry ({tmp_path}/certs.d/{host}/ca.crt)" in result.stderr


def test_cli_trust_of_oci_registry(palette: PalettePulumi, tmp_path: Path) -> None:
    set_registration(palette, {**PACK_OUTPUT, **OCI_FIELDS})
    result = run("registration-form", "--cli-trust")
    assert (
        "CLI_TRUST: the Spectro CLI supports only pack registries. With oras, use --ca-file."
        in result.stderr
    )
    assert not (tmp_path / "certs.d").exists()


def test_cli_trust_without_permission(
    palette: PalettePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_registration(palette, {**PACK_OUTPUT, "endpoint": "https://registry.example.com:8443"})

    target = "/etc/spectro/certs.d/registry.example.com:8443/ca.crt"

    def forbidden(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(spectro, "CLI_TRUST_DIRECTORY", Path("/etc/spectro/certs.d"))
    monkeypatch.setattr(registration_form, "make_directories", forbidden)
    result = run("registration-form", "--cli-trust")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        f"x CLI_TRUST: you are not allowed to write {target}. "
        f"Run `sudo install -D -m 0644 ca.crt {target}`."
    )
    assert Path("ca.crt").read_text() == CA


def test_cli_trust_file_error(palette: PalettePulumi, tmp_path: Path) -> None:
    set_registration(palette, PACK_OUTPUT)
    (tmp_path / "certs.d").write_text("a file")
    assert (
        "can't be written (Not a directory). Fix that, then run this command again."
        in run("registration-form", "--cli-trust").stderr
    )


def test_file_is_not_overwritten(palette: PalettePulumi, tmp_path: Path) -> None:
    set_registration(palette, {**PACK_OUTPUT, "endpoint": "https://registry.example.com:8443"})
    (tmp_path / "server.key").write_text("a key", encoding="utf-8")
    result = run("registration-form", "--file", "server.key")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines()[-1] == (
        "x FILE: server.key exists, and this command did not write it. Nothing was overwritten. "
        "Remove it, or set FILE to another file."
    )
    assert (tmp_path / "server.key").read_text(encoding="utf-8") == "a key"
