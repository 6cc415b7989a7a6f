"""A stack's settings as the commands read them: checked before Docker is asked, and no more of them than is needed to remove a registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import stack
from cli.console import CommandError
from cli.settings import check_settings, docker_host, needed_settings, outcome
from trial import config


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stack's file, in a project of its own."""
    for module in (config, stack):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    return tmp_path / "Pulumi.edge.yaml"


def refused(path: Path, text: str) -> str:
    path.write_text(text)
    with pytest.raises(CommandError) as raised:
        check_settings("edge")
    return raised.value.message


def test_all_faults_are_told_at_once(written: Path) -> None:
    told = refused(
        written,
        "config:\n  pack-registry:hostname: packs.example.com\n  pack-registry:dockerHost: registry.example.com\n  image: nginx\n",
    )
    assert told.startswith("Found 2 invalid settings in stack edge. No changes were made.\n"), (
        "before Docker is asked at that host"
    )
    assert 'dockerHost: invalid value "registry.example.com"' in told
    assert 'image: invalid value "nginx"' in told


def test_a_command_that_mends_a_setting_sets_that_one_of_that_stack(written: Path) -> None:
    told = refused(
        written,
        "config:\n  hostname: packs.example.com\n  users: [{name: spectro}, {name: ci, password: short}]\n"
        "  storage: {kind: s3, s3: {bucket: packs, region: eu-central-1, accessKey: AKIA}}\n",
    )
    commands = [
        line.partition("pulumi config set ")[2].partition('"')[0] for line in told.splitlines()[1:]
    ]
    assert commands == [
        "--stack edge --secret --path storage.s3.secretKey",
        "--stack edge --secret --path 'users[1].password'",
    ], "what is copied must not set another user's password, or another stack's"


@pytest.mark.parametrize(
    "namespace",
    ["pack-registri", "pack_registry", "packregistry", "Pack-Registry", "pack-registry "],
)
def test_a_misspelt_namespace_is_told_among_the_other_faults(written: Path, namespace: str) -> None:
    told = refused(
        written,
        f"config:\n  pack-registry:hostname: packs.example.com\n  '{namespace}:limits': {{memory: 4g}}\n  port: 99999\n",
    )
    assert told.splitlines()[0] == "Found 2 invalid settings in stack edge. No changes were made."
    assert (
        f'  - {namespace}:limits: there is no namespace {namespace}; did you mean "pack-registry:limits"?'
        in told.splitlines()
    ), "Pulumi takes it for another program's, and the setting would not hold"
    assert "port: invalid value 99999" in told


def test_other_namespaces_are_none_of_ours(written: Path) -> None:
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


def test_a_setting_that_is_right_in_one_stack_alone_is_judged_by_the_stack(written: Path) -> None:
    text = "config:\n  hostname: packs.example.com\n  storage: {kind: memory}\n"
    assert "confirmLoss" in refused(written, text)
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


def test_a_secret_in_the_clear_beside_an_encrypted_one_is_pointed_out(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written.write_text(BESIDE_ENCRYPTED)
    check_settings("edge")
    said = capsys.readouterr().err
    assert [line.split()[:3] for line in said.splitlines()] == [
        [">", "warning:", name] for name in ("users[0].password", "storage.s3.accessKey")
    ], (
        "Pulumi calls these keys secret, so that the program says nothing of them; of imagePassword it does"
    )
    assert (
        "users[0].password is in plain text. Encrypt it with `pulumi config set --stack edge --secret --path 'users[0].password'`"
        in said
    )
    assert "horse" not in said


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


def test_what_is_encrypted_is_left_to_the_program(written: Path) -> None:
    written.write_text(ENCRYPTED)
    check_settings("edge")
    assert needed_settings("edge").data_volume == "", "the packs are in a bucket"
    told = refused(written, f"{ENCRYPTED}  port: 99999\n")
    assert told.startswith(
        "Found 1 invalid setting in stack edge. No changes were made.\n  - port: invalid value 99999"
    )


def test_a_registry_with_faults_elsewhere_can_be_removed(written: Path) -> None:
    written.write_text(
        "config:\n  port: 99999\n  containerName: packs\n  storage: {volume: packs-elsewhere}\n"
        "  dockerHost: tcp://10.0.0.5:2376\n  dockerCertPath: ~/certs\n  verify: false\n"
    )
    settings = needed_settings("edge")
    assert settings.data_volume == "packs-elsewhere"
    host = docker_host(settings)
    assert (host.url, host.cert_path) == (
        "tcp://10.0.0.5:2376",
        str(Path("~/certs").expanduser()),
    ), "as the program takes it"
    assert "not verified" in outcome(settings)


@pytest.mark.parametrize(
    "text",
    ["dockerHost: registry.example.com", "storage: {kind: nfs, volumes: x}", "containerName: '*'"],
)
def test_a_fault_in_what_is_needed_is_told(written: Path, text: str) -> None:
    written.write_text(f"config:\n  {text}\n")
    with pytest.raises(CommandError, match="Found 1 invalid setting in stack edge"):
        needed_settings("edge")


def test_a_host_that_is_encrypted_is_never_taken_for_this_machine(written: Path) -> None:
    written.write_text("config:\n  dockerHost: {secure: v1:a}\n")
    with pytest.raises(CommandError) as raised:
        needed_settings("edge")
    assert raised.value.message == (
        "Pulumi.edge.yaml: dockerHost is encrypted, and is no secret; write it in the clear, "
        "for example with `pulumi config set --stack edge dockerHost VALUE`."
    ), "what is on another host would not be found"
