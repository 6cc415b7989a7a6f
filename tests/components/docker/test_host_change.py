"""Change of `dockerHost`: the warning, and the error if packs would be lost."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from common.errors import UserError
from common.version import VERSION
from components.docker.host_change import (
    ENVIRONMENT_HOST,
    host_change_hook,
    host_change_warning,
    recorded_inputs,
)
from components.settings import Flavor, Storage
from components.storage.location import StorageLocation
from tests.support.component import declare, plan_of
from tests.support.flavors import DISTRIBUTION

OLD, NEW = "ssh://ops@old.example.com", "ssh://ops@new.example.com"


def record(host: str, **storage: Any) -> dict[str, Any]:
    """Return recorded inputs. The storage settings are not checked for conflicts."""
    model = Storage.model_validate(storage)
    location = StorageLocation.of(model, "spectro-registry-data", Flavor.PACK)
    plan = plan_of(hostname="packs.example.com")
    return recorded_inputs(replace(plan, docker_host=host, storage=model, location=location))


@pytest.mark.parametrize(
    ("old", "new", "origin", "target"),
    [
        (OLD, NEW, OLD, NEW),
        ("", NEW, "the environment's Docker host", NEW),
        (OLD, "", OLD, "the environment's Docker host"),
    ],
)
def test_warning(old: str, new: str, origin: str, target: str) -> None:
    moved = f"dockerHost: the registry is created on {target} and removed from {origin}."
    stay = " The packs in {} stay there. docs/how-to/docker-host.md describes how to copy them."
    volume = stay.format("the volume spectro-registry-data")
    assert host_change_warning(record(old), record(new)) == moved + volume
    path = record(old, kind="path", path="/srv/packs")
    assert host_change_warning(path, record(new)) == moved + stay.format("the directory /srv/packs")
    nfs = record(old, kind="nfs", nfs={"server": "nfs.example.com", "export": "/packs"})
    assert host_change_warning(nfs, record(new)) == moved, "the packs are on no Docker host"


def test_same_host() -> None:
    assert host_change_warning(record(OLD), record(OLD, keepOnDestroy=False)) == ""
    assert host_change_warning({}, record(NEW)) == "", "nothing was recorded"


@pytest.mark.parametrize(
    ("old", "back"), [(OLD, f"Set dockerHost back to {OLD}"), ("", "Remove dockerHost")]
)
def test_loss_of_packs(old: str, back: str) -> None:
    with pytest.raises(UserError) as raised:
        host_change_warning(record(old, keepOnDestroy=False), record(NEW, keepOnDestroy=True))
    assert str(raised.value) == (
        "dockerHost: the packs in the volume spectro-registry-data of "
        f"{old or ENVIRONMENT_HOST} would be removed with the volume. {back}, set "
        "storage.keepOnDestroy to true, and run `make up`. Then change dockerHost. No changes were "
        "made."
    )
    directory = record(old, kind="path", path="/srv/packs", keepOnDestroy=False)
    assert host_change_warning(directory, record(NEW)), "nothing removes a directory"


def test_recorded_inputs() -> None:
    made = declare(dockerHost=OLD, **{**DISTRIBUTION, "users": []})
    assert made.resources["registry"].inputs == {
        "programVersion": VERSION,
        "dockerHost": OLD,
        "packs": {"kind": "volume", "name": "spectro-registry-data"},
        "packsAreKept": True,
    }


def test_hook(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hook:
        def __init__(self, name: str, callback: Any, options: Any) -> None:
            self.name, self.callback, self.options = name, callback, options

    monkeypatch.setattr(pulumi, "ResourceHook", Hook)
    monkeypatch.setattr(pulumi, "ResourceHookBinding", lambda **hooks: hooks)
    warnings: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warnings.append)
    hooks: Any = host_change_hook("registry")
    assert list(hooks) == ["before_update"], (
        "with a hook on deletion, `pulumi destroy` without the program fails"
    )
    version, hook = hooks["before_update"]
    assert version.name == "registry-host-change-program-version"
    assert version.options.on_dry_run
    assert hook.options.on_dry_run, "a preview reports the same error as the update"
    assert hook.name == "registry-host-change", "two registries in one program need two names"
    hook.callback(SimpleNamespace(old_inputs=record(OLD), new_inputs=record(OLD)))
    assert warnings == []
    hook.callback(SimpleNamespace(old_inputs=record(OLD), new_inputs=record(NEW)))
    assert warnings == [host_change_warning(record(OLD), record(NEW))]
    newer = {**record(OLD), "programVersion": "999.0.0"}
    with pytest.raises(UserError, match=r"version 999\.0\.0"):
        version.callback(SimpleNamespace(old_inputs=newer, new_inputs=record(NEW)))
