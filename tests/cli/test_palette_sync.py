"""A sync at once: the registration in the state, and the results of Palette."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli import palette_sync, registration
from cli.console import CommandError
from cli.palette_sync import palette_view, sync_registry
from tests.cli.commands.fakes import NO_STACK
from tests.cli.commands.palette_fakes import PalettePulumi
from tests.support.palette.server import serve
from tests.support.palette.stub import PaletteStub

SYNC = "/v1/registries/oci/[^/]+/basic/sync"
NAMESPACE = "pack-registry-palette:"


@pytest.fixture
def api() -> Iterator[PaletteStub]:
    with serve(PaletteStub(sync_states=["", "Success"], packs=3)) as stub:
        yield stub


@pytest.fixture
def pulumi(
    api: PaletteStub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[PalettePulumi]:
    """The stack `prod` of the Palette project, with a registration of an OCI registry."""
    (tmp_path / "palette").mkdir()
    (tmp_path / "palette" / "Pulumi.prod.yaml").write_text("config: {a: 1}\n")
    uid = api.add("packs", kind="oci")
    fake = PalettePulumi()
    inputs = {"name": "packs", "paletteHost": api.host, "providerType": "pack"}
    configure(fake, inputs, uid, paletteApiKey=api.api_key, paletteHost=api.host)
    monkeypatch.setattr(registration, "ROOT", tmp_path)
    monkeypatch.setattr(palette_sync, "require_pulumi", lambda: fake)
    monkeypatch.setattr("palette.sync.MIN_PAUSE", 0.0)
    yield fake
    for call in fake.calls:
        assert api.api_key not in call


def configure(fake: PalettePulumi, inputs: dict[str, Any], uid: str, **config: str) -> None:
    resource = {
        "type": "pulumi-python:dynamic/registration:PackRegistration",
        "inputs": inputs,
        "outputs": {**inputs, "uid": uid},
    }
    others = [{"type": "pulumi:pulumi:Stack"}, {**resource, "delete": True, "outputs": {}}]
    state = {"deployment": {"resources": [*others, resource]}}
    fake.answers["stack export"] = (0, json.dumps(state), "")
    values = {f"{NAMESPACE}{key}": {"value": value} for key, value in config.items()}
    fake.answers["config --json --show-secrets"] = (0, json.dumps(values), "")


def failure(stack: str = "prod") -> str:
    with pytest.raises(CommandError) as raised:
        sync_registry(stack)
    return raised.value.message


def test_sync(pulumi: PalettePulumi, api: PaletteStub, capsys: pytest.CaptureFixture[str]) -> None:
    api.sync_message = "2 packs have errors"
    sync_registry("prod")
    assert api.count("POST", SYNC) == 1
    shown = capsys.readouterr().err
    assert "Palette has synced packs and found 3 packs" in shown
    assert "Palette's message: 2 packs have errors" in shown
    assert pulumi.calls[0] == "project pack-registry-palette"


def test_failed_sync(pulumi: PalettePulumi, api: PaletteStub) -> None:
    api.sync_states, api.sync_message = ["InProgress", "Failed"], "x509: expired"
    assert failure() == (
        'Palette could not read packs (status Failed, "x509: expired"). Check that Palette can '
        "reach the registry's endpoint. To give Palette the current password and certificate, and "
        "to repeat the sync, run `make register STACK=prod`."
    )


def test_slow_sync(
    pulumi: PalettePulumi, api: PaletteStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter(range(0, 100_000, 30))
    defaults = {"force": False, "sleep": lambda _: None, "clock": lambda: next(moments)}
    monkeypatch.setattr("palette.sync.sync.__kwdefaults__", defaults)
    uid = next(iter(api.registrations))
    inputs = {"name": "packs", "paletteHost": api.host, "providerType": "pack"}
    configure(pulumi, inputs, uid, paletteApiKey=api.api_key, syncTimeoutMinutes="2")
    api.sync_states = ["Running"]
    text = failure()
    assert "did not finish the sync of packs within 2 min (status Running)" in text
    assert "To wait for it, run `make register STACK=prod`, or increase" in text


@pytest.mark.parametrize("state", ["no file", "no stack", "no registration", "no UID"])
def test_not_registered(
    pulumi: PalettePulumi, api: PaletteStub, state: str, tmp_path: Path
) -> None:
    if state == "no file":
        (tmp_path / "palette" / "Pulumi.prod.yaml").unlink()
    elif state == "no stack":
        pulumi.answers["stack export"] = NO_STACK
    elif state == "no registration":
        pulumi.answers["stack export"] = (0, '{"deployment": {}}', "")
    else:
        configure(pulumi, {"name": "packs"}, "")
    text = failure()
    assert text.startswith("SYNC=1: the registry of stack prod is not registered in Palette.")
    assert "`make register-key STACK=prod`" in text
    assert "`make register STACK=prod`" in text
    assert api.requests == []
    assert palette_view("prod") is None


def test_registration_of_another_stack(pulumi: PalettePulumi, tmp_path: Path) -> None:
    file = tmp_path / "palette" / "Pulumi.prod.yaml"
    file.write_text(f"config: {{'{NAMESPACE}registryStack': organization/pack-registry/edge}}\n")
    assert "is of the registry of stack edge" in failure()
    file.write_text(f"config: {{'{NAMESPACE}registryStack': organization/pack-registry/prod}}\n")
    sync_registry("prod")


def test_missing_key(pulumi: PalettePulumi, api: PaletteStub) -> None:
    inputs = {"name": "packs", "paletteHost": api.host, "providerType": "pack"}
    configure(pulumi, inputs, next(iter(api.registrations)))
    assert "`make register-key STACK=prod`" in failure()


def test_rejected_key(pulumi: PalettePulumi, api: PaletteStub) -> None:
    inputs = {"name": "packs", "paletteHost": api.host, "providerType": "pack"}
    configure(pulumi, inputs, next(iter(api.registrations)), paletteApiKey="wrong-key-of-palette")
    text = failure()
    assert "401 InvalidApiKey" in text
    assert "wrong-key-of-palette" not in text


def test_view(pulumi: PalettePulumi, api: PaletteStub) -> None:
    api.newest = {"hello": "1.0.0"}
    view = palette_view("prod")
    assert view is not None
    assert (view.name, view.newest) == ("packs", {"hello": "1.0.0"})


def test_view_without_palette(
    pulumi: PalettePulumi, api: PaletteStub, capsys: pytest.CaptureFixture[str]
) -> None:
    api.fail("POST", "/v1/packs/search", 403)
    assert palette_view("prod") is None
    assert "> It is unknown what Palette has synchronized from the registry. Palette rejected" in (
        capsys.readouterr().err
    )
