"""A stack's settings as the commands read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import stack_file
from cli.settings import check_settings, docker_engine, operational_settings, success_message
from components.settings import StorageKind
from tests.support.programs import error_of


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stack's file in an empty project."""
    monkeypatch.setattr(stack_file, "ROOT", tmp_path)
    return tmp_path / "Pulumi.edge.yaml"


def rejection(path: Path, text: str) -> str:
    path.write_text(text)
    return error_of(check_settings, "edge")


def settings_in(message: str) -> list[str]:
    """The settings with issues in a message."""
    lines = message.splitlines()[1:]
    return [
        line.removeprefix("  - ").removeprefix("Unknown setting ").partition(":")[0]
        for line in lines
    ]


def test_all_issues_are_reported(written: Path) -> None:
    message = rejection(
        written,
        "config:\n  pack-registry:hostname: packs.example.com\n"
        "  pack-registry:dockerHost: registry.example.com\n  image: nginx\n",
    )
    assert settings_in(message) == ["dockerHost", "image"], "before Docker is asked"


def test_commands_name_setting_and_stack(written: Path) -> None:
    message = rejection(
        written,
        "config:\n  hostname: packs.example.com\n"
        "  users: [{name: spectro}, {name: ci, password: short}]\n"
        "  storage: {kind: s3, s3: {bucket: packs, region: eu-central-1, accessKey: AKIA}}\n",
    )
    commands = [
        line.partition("pulumi config set ")[2].partition('"')[0]
        for line in message.splitlines()[1:]
    ]
    assert commands == [
        "--stack edge --secret --path storage.s3.secretKey",
        "--stack edge --secret --path 'users[1].password'",
    ]


@pytest.mark.parametrize(
    "namespace",
    ["pack-registri", "pack_registry", "packregistry", "Pack-Registry", "pack-registry "],
)
def test_misspelled_namespace(written: Path, namespace: str) -> None:
    message = rejection(
        written,
        "config:\n  pack-registry:hostname: packs.example.com\n"
        f"  '{namespace}:limits': {{memory: 4g}}\n  port: 99999\n",
    )
    hint = f'Unknown namespace in {namespace}:limits. Did you mean "pack-registry:limits"?'
    assert f"  - {hint}" in message.splitlines()
    assert settings_in(message.replace(hint, "hint:")) == ["hint", "port"]


def test_other_namespaces(written: Path) -> None:
    others = [
        "docker:host",
        "tls:x",
        "random:x",
        "aws:region",
        "pulumi:tags",
        "pack-registry-palette:palette",
        "registry:x",
    ]
    written.write_text(
        "config:\n  hostname: packs.example.com\n" + "".join(f"  {key}: x\n" for key in others)
    )
    check_settings("edge")


def test_rule_depends_on_stack(written: Path) -> None:
    text = "config:\n  hostname: packs.example.com\n  storage: {kind: memory}\n"
    assert "confirmLoss" in rejection(written, text)
    written.with_name("Pulumi.dev.yaml").write_text(text)
    check_settings("dev")


BESIDE_ENCRYPTED = """config:
  hostname: packs.example.com
  imagePassword: a plain one
  users:
  - name: ci
    password: correct horse battery staple
  - name: {secure: v1:a}
    password: {secure: v1:b}
  pack-registry:tls:
    mode: provided
    certificatePem: MII
    privateKeyPem: {secure: v1:c}
  pack-registry:storage:
    kind: s3
    s3: {bucket: packs, region: eu-central-1, accessKey: AKIA, secretKey: {secure: v1:d}}
"""


def test_plain_text_secret_next_to_encrypted(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written.write_text(BESIDE_ENCRYPTED)
    check_settings("edge")
    printed = capsys.readouterr().err
    assert [line.split()[:3] for line in printed.splitlines()] == [
        [">", "warning:", name] for name in ("users[0].password", "storage.s3.accessKey")
    ]
    command = "pulumi config set --stack edge --secret --path 'users[0].password'"
    assert command in printed
    assert "horse" not in printed


ENCRYPTED = """config:
  hostname: packs.example.com
  docker:host: ssh://not-ours
  tls:
    mode: provided
    certificatePem: {secure: v1:a}
    privateKeyPem: {secure: v1:b}
  storage:
    kind: s3
    s3: {bucket: packs, region: eu-central-1, accessKey: AKIA, secretKey: {secure: v1:c}}
  users:
  - name: {secure: v1:d}
    password: {secure: v1:e}
"""


def test_encrypted_values_are_skipped(written: Path) -> None:
    written.write_text(ENCRYPTED)
    check_settings("edge")
    assert operational_settings("edge").storage.kind is StorageKind.S3
    message = rejection(written, f"{ENCRYPTED}  port: 99999\n")
    assert settings_in(message) == ["port"]


def test_operational_settings(written: Path) -> None:
    written.write_text(
        "config:\n  port: 99999\n  containerName: packs\n  storage: {volume: packs-elsewhere}\n"
        "  dockerHost: tcp://10.0.0.5:2376\n  dockerCertPath: ~/certs\n  verify: false\n"
    )
    settings = operational_settings("edge")
    assert settings.storage.volume == "packs-elsewhere"
    host = docker_engine(settings)
    assert (host.url, host.cert_path) == (
        "tcp://10.0.0.5:2376",
        str(Path("~/certs").expanduser()),
    )
    assert "not verified" in success_message(settings)


@pytest.mark.parametrize(
    "text",
    ["dockerHost: registry.example.com", "storage: {kind: nfs, volumes: x}", "containerName: '*'"],
)
def test_invalid_operational_setting(written: Path, text: str) -> None:
    written.write_text(f"config:\n  {text}\n")
    message = error_of(operational_settings, "edge")
    assert "stack edge" in message
    (setting,) = settings_in(message)
    assert setting.partition(".")[0] == text.partition(":")[0]


def test_encrypted_operational_setting(written: Path) -> None:
    written.write_text("config:\n  dockerHost: {secure: v1:a}\n")
    assert error_of(operational_settings, "edge") == (
        "Pulumi.edge.yaml: dockerHost is encrypted, but is not a secret. "
        "Set it in plain text with `pulumi config set --stack edge dockerHost VALUE`."
    )
