"""Palette stacks with the real Pulumi engine: with a running registry, and with failures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.engine.conftest import Factory
from tests.support.engine import remove
from tests.support.flavors import DISTRIBUTION
from tests.support.palette.server import serve
from tests.support.palette.stacks import PaletteStack, RegistryStackStub
from tests.support.palette.stub import PaletteStub
from tests.support.palette.values import PACK_OUTPUT
from tests.support.registry import Client

CREATE = "/v1/registries/pack"


def probe(spec: dict[str, Any]) -> str | None:
    """Read the registry as Palette does. Returns the reason of a failure."""
    auth = spec["auth"]
    try:
        client = Client(spec["endpoint"], auth["tls"]["ca"], auth["username"], auth["password"])
        status = client.status("/v2/_catalog" if "providerType" in spec else "/v1/_catalog")
    except urllib3.exceptions.HTTPError as error:
        return f"x509: {error}"
    return None if status == 200 else f"the registry answered {status}"


@pytest.fixture
def api() -> Iterator[PaletteStub]:
    with serve(PaletteStub(sync_states=["InProgress", "Success"])) as running:
        yield running


@pytest.fixture
def registry_stack(tmp_path: Path) -> RegistryStackStub:
    return RegistryStackStub(tmp_path / "registry")


@pytest.fixture
def palette_stack(
    tmp_path: Path, registry_stack: RegistryStackStub, api: PaletteStub
) -> Callable[..., PaletteStack]:
    directory, engine = tmp_path / "project", registry_stack.engine
    return lambda **settings: PaletteStack(directory, engine, api, **settings)


def test_pack_registry_lifecycle(new_registry: Factory, api: PaletteStub) -> None:
    api.probe, api.packs = probe, 3
    made = new_registry()
    first = made.up()
    palette = PaletteStack(
        made.directory / "palette", made.engine, api, registryStack=made.stack_name
    )
    outputs = palette.up()
    assert outputs == {
        "registrationUid": next(iter(api.registrations)),
        "registrationName": made.stack_name,
        "endpoint": first["endpoint"],
        "syncStatus": "Success",
        "syncMessage": "",
        "packCount": 3,
    }
    spec = api.only_spec()
    assert (spec["auth"]["username"], spec["auth"]["password"]) == ("admin", first["adminPassword"])
    assert spec["auth"]["tls"]["ca"] == first["caCertificate"]
    assert spec["auth"]["tls"]["enabled"] is True
    assert probe(spec) is None, "Palette can read the registry"
    assert "and found 3 packs" in palette.log
    assert len(api.syncs) == 1, "the creation and the update start one sync together"
    assert palette.preview(refresh=True) == {}

    made.write(rotation="2027-01")
    second = made.up()
    assert probe(api.only_spec()) == "the registry answered 401", "the old password is invalid"
    assert palette.preview() == {"update": 1}
    assert palette.up()["registrationUid"] == outputs["registrationUid"], "profiles refer to it"
    assert api.only_spec()["auth"]["password"] == second["adminPassword"] != first["adminPassword"]
    assert probe(api.only_spec()) is None

    made.write(tls={"algorithm": "ecdsa-p256", "validityDays": 90})
    third = made.up()
    assert third["certificateFingerprint"] != second["certificateFingerprint"]
    assert str(probe(api.only_spec())).startswith("x509: "), "the old CA is not trusted"
    assert palette.preview() == {"update": 1}
    palette.up()
    assert api.only_spec()["auth"]["tls"]["ca"] == third["caCertificate"]
    assert probe(api.only_spec()) is None
    assert palette.preview() == {}
    assert api.count("POST", CREATE) == 1

    remove(palette.stack)
    assert api.registrations == {}
    made.down()
    assert made.containers() == set()


def test_oci_registry_lifecycle(new_registry: Factory, api: PaletteStub) -> None:
    api.probe = probe
    made = new_registry(**DISTRIBUTION, baseContentPath="platform/packs")
    first = made.up()
    palette = PaletteStack(
        made.directory / "palette", made.engine, api, registryStack=made.stack_name
    )
    uid = palette.up()["registrationUid"]
    spec = api.only_spec()
    assert {key: spec[key] for key in ("providerType", "basePath", "baseContentPath")} == {
        "providerType": "pack",
        "basePath": "",
        "baseContentPath": "platform/packs",
    }
    assert spec["endpoint"] == first["endpoint"]
    assert spec["auth"]["password"] == first["adminPassword"]
    assert probe(spec) is None, "Palette can read the registry"
    assert "Palette has synced" in palette.log
    assert api.count("POST", f"/v1/registries/oci/{uid}/basic/sync") == 1
    assert palette.preview(refresh=True) == {}

    made.write(rotation="2027-01", baseContentPath="packs")
    second = made.up()
    assert palette.up()["registrationUid"] == uid, "updated in place"
    assert api.only_spec()["auth"]["password"] == second["adminPassword"]
    assert api.only_spec()["baseContentPath"] == "packs"

    made.write(flavor=None, ociServer=None, users=None, baseContentPath=None)
    made.up()
    assert palette.preview() == {"replace": 1}, "each kind has its own registrations"
    assert palette.up()["registrationUid"] != uid
    assert "providerType" not in api.only_spec()
    remove(palette.stack)
    assert api.registrations == {}


def test_unreachable_palette(tmp_path: Path, registry_stack: RegistryStackStub) -> None:
    api = PaletteStub(sync_states=["Success"])
    palette = PaletteStack(tmp_path / "project", registry_stack.engine, api)
    log = palette.failed_up()
    assert f"Cannot connect to Palette to validate the registry {PACK_OUTPUT['endpoint']}" in log
    assert "Run the update again. It continues from where it stopped." in log
    with serve(api):
        uid = palette.up()["registrationUid"]
    registry_stack.up(password="another password")
    assert "Cannot connect to Palette" in palette.failed_up()
    removal = palette.pulumi("destroy", "--yes", "--skip-preview")
    assert removal.returncode != 0
    assert "Cannot connect to Palette to remove the registration packs" in removal.stdout
    assert "Traceback" not in removal.stdout + removal.stderr
    assert palette.registration()["outputs"]["uid"] == uid, "the state still has it"
    with serve(api):
        assert palette.preview() == {"update": 1}
        assert palette.up()["registrationUid"] == uid
    assert api.only_spec()["auth"]["password"] == "another password"


def test_unknown_outcome(palette_stack: Callable[..., PaletteStack], api: PaletteStub) -> None:
    palette = palette_stack()
    api.fail("POST", CREATE, drop=True, processed=True)
    api.fail("GET", CREATE, 200, body={"items": []})
    api.fail("GET", CREATE, 503, times=5)
    message = "It is unknown whether Palette created the registration packs"
    assert message in palette.failed_up()
    (uid,) = api.registrations
    assert palette.up()["registrationUid"] == uid
    assert api.count("POST", CREATE) == 1, "no duplicate"
    remove(palette.stack)
    assert api.registrations == {}, "no orphan"


def test_failed_sync_is_repeated(
    palette_stack: Callable[..., PaletteStack], api: PaletteStub
) -> None:
    api.sync_states, api.sync_message = ["InProgress", "Failed"], "no route to host"
    palette = palette_stack()
    message = 'Palette registered packs, but the sync failed (status Failed, "no route to host")'
    assert message in palette.failed_up()
    assert palette.registration()["outputs"]["uid"] in api.registrations
    api.sync_states, api.sync_message = ["Pending", "Other", "Completed"], ""
    palette.up()
    assert api.count("POST", f"{CREATE}/[^/]+/sync") == 2, "without a change of the registration"
    assert "Palette syncs packs: Other" in palette.log
    assert "Palette has synced packs" in palette.log
    assert palette.preview() == {}


def test_drift_reverted(palette_stack: Callable[..., PaletteStack], api: PaletteStub) -> None:
    palette = palette_stack(sync=False)
    palette.up()
    assert api.syncs == [], "neither the creation nor the update starts a sync"
    for field, value in (("username", "another"), ("username", ""), ("type", "noAuth")):
        api.only_spec()["auth"][field] = value
        assert palette.preview(refresh=True) == {"update": 1}
        palette.up(refresh=True)
        assert api.only_spec()["auth"][field] == {"username": "admin", "type": "basic"}[field]
    api.registrations.clear()
    palette.up(refresh=True)
    assert api.only_spec()["name"] == "packs", "created again"

    api.api_key = "another-api-key"
    palette.set_api_key(api.api_key)
    done = palette.pulumi("up", "--yes", "--skip-preview", "--refresh", "--run-program")
    assert done.returncode == 0, f"the new API key is used: {done.stdout}"


def test_adoption(palette_stack: Callable[..., PaletteStack], api: PaletteStub) -> None:
    uid = api.add("packs")
    palette = palette_stack()
    assert "Palette already has a registration named packs" in palette.failed_up()
    assert api.only_spec()["endpoint"] == "https://elsewhere.example.com", "unchanged"
    palette.set(adoptExisting=True)
    assert palette.up()["registrationUid"] == uid
    assert api.only_spec()["endpoint"] == PACK_OUTPUT["endpoint"]


def test_import_and_rename(palette_stack: Callable[..., PaletteStack], api: PaletteStub) -> None:
    uid = api.add("packs")
    palette = palette_stack(importUid=uid)
    assert palette.up()["registrationUid"] == uid
    assert api.only_spec()["endpoint"] == PACK_OUTPUT["endpoint"]
    assert palette.preview(refresh=True) == {}
    palette.set(importUid="", registrationName="renamed")
    assert palette.preview() == {"replace": 1}, "Palette cannot change names"
    assert palette.up()["registrationUid"] != uid
    assert [found.name for found in api.registrations.values()] == ["renamed"]


def test_removal_of_used_registry(
    palette_stack: Callable[..., PaletteStack], api: PaletteStub
) -> None:
    palette = palette_stack(sync=False)
    uid = palette.up()["registrationUid"]
    api.in_use = True
    removal = palette.pulumi("destroy", "--yes", "--skip-preview")
    assert removal.returncode != 0
    assert "remove these packs from the profiles" in removal.stdout
    assert palette.registration()["outputs"]["uid"] == uid
    api.in_use = False
    remove(palette.stack)
    assert api.registrations == {}


def test_secrets_not_shown(palette_stack: Callable[..., PaletteStack], api: PaletteStub) -> None:
    palette = palette_stack()
    secrets = api.api_key, PACK_OUTPUT["password"]
    body = {"code": "X", "message": f"{secrets[0]} and {secrets[1]} are wrong"}
    api.fail("POST", f"{CREATE}/validate", 400, body=body)
    failed = palette.pulumi("up", "--yes", "--debug")
    assert "Palette rejected a request to validate the registry" in failed.stdout
    texts = {"failed update": failed.stdout + failed.stderr}
    for arguments in [
        ("up", "--yes", "--debug"),
        ("preview", "--debug", "--diff"),
        ("preview", "--json"),
        ("stack", "export"),
    ]:
        done = palette.pulumi(*arguments)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}"
        texts[" ".join(arguments)] = done.stdout + done.stderr
    for path in palette.directory.parent.parent.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.name != "outputs.json":
            texts[str(path)] = path.read_text(errors="replace")
    assert [name for name, text in texts.items() if any(secret in text for secret in secrets)] == []

    resources = (palette.stack.export_stack().deployment or {})["resources"]
    holders = [resource["type"] for resource in resources if "paletteApiKey" in str(resource)]
    provider = ["pulumi:providers:pulumi-python"]
    assert holders == provider, "Pulumi stores its config encrypted; the registration has no key"
    for values in ("inputs", "outputs"):
        assert "plaintext" in palette.registration()[values]["password"], "stored as a secret"


def test_same_state_on_other_machine(
    palette_stack: Callable[..., PaletteStack],
    registry_stack: RegistryStackStub,
    api: PaletteStub,
    tmp_path: Path,
) -> None:
    palette_stack().up()
    elsewhere = PaletteStack(tmp_path / "another place", registry_stack.engine, api)
    assert elsewhere.preview(refresh=True) == {}, "the state has no path"
    remove(elsewhere.stack)
    assert api.registrations == {}
