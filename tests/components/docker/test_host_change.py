"""A registry whose `dockerHost` changes: what is told of its packs before anything is touched."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from common import features
from common.errors import UserError
from components.docker.host_change import host_change_hook, host_change_warning, recorded_inputs
from components.settings import Settings

OLD, NEW = "ssh://ops@old.example.com", "ssh://ops@new.example.com"


def record(host: str, **storage: Any) -> dict[str, Any]:
    return recorded_inputs(
        Settings.model_validate(
            {"hostname": "packs.example.com", "dockerHost": host, "storage": storage}
        )
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (OLD, NEW, f"dockerHost: the registry is made on {NEW} and removed from {OLD}"),
        (
            "",
            NEW,
            f"dockerHost: the registry is made on {NEW} and removed from the environment's Docker host",
        ),
        (
            OLD,
            "",
            f"dockerHost: the registry is made on the environment's Docker host and removed from {OLD}",
        ),
    ],
)
def test_a_move_is_told_with_where_the_packs_stay(old: str, new: str, told: str) -> None:
    stay = "; the packs in {} stay there, docs/how-to/docker-host.md says how to copy them."
    assert host_change_warning(record(old), record(new)) == told + stay.format(
        "the volume spectro-registry-data"
    )
    assert host_change_warning(
        record(old, kind="path", path="/srv/packs"), record(new)
    ) == told + stay.format("the directory /srv/packs")
    assert (
        host_change_warning(
            record(old, kind="nfs", nfs={"server": "nfs.example.com", "export": "/packs"}),
            record(new),
        )
        == f"{told}."
    ), "on no Docker host"


def test_a_registry_that_stays_has_nothing_told() -> None:
    assert host_change_warning(record(OLD), record(OLD, keepOnDestroy=False)) == ""
    assert host_change_warning({}, record(NEW)) == "", "an older program recorded nothing"


@pytest.mark.parametrize(
    ("old", "back"), [(OLD, f"set dockerHost back to {OLD}"), ("", "take dockerHost out")]
)
def test_a_move_that_would_remove_packs_is_refused(old: str, back: str) -> None:
    with pytest.raises(UserError) as refused:
        host_change_warning(record(old, keepOnDestroy=False), record(NEW, keepOnDestroy=True))
    host = old or "the environment's Docker host"
    assert str(refused.value) == (
        f"dockerHost: the packs in the volume spectro-registry-data of {host} would be removed with the volume; {back}, set storage.keepOnDestroy to "
        "true, run `make up`, then move. Nothing was touched."
    )
    assert host_change_warning(
        record(old, kind="path", path="/srv/packs", keepOnDestroy=False), record(NEW)
    ), "nothing removes a directory"


def test_the_engine_is_told_to_ask_before_an_update_and_in_its_preview(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Hook:
        def __init__(self, name: str, callback: Any, options: Any) -> None:
            self.name, self.callback, self.options = name, callback, options

    monkeypatch.setattr(features, "HOOKS_ON", True)
    monkeypatch.setattr(pulumi, "ResourceHook", Hook)
    monkeypatch.setattr(pulumi, "ResourceHookBinding", lambda **hooked: hooked)
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    options: Any = host_change_hook("registry")
    assert list(options.hooks) == ["before_update"], (
        "a hook on deletion would make a plain `pulumi destroy` fail"
    )
    (hook,) = options.hooks["before_update"]
    assert hook.options.on_dry_run, "a preview must not promise what the update refuses"
    assert hook.name == "registry-tell-move", "two registries in one program need two names"
    hook.callback(SimpleNamespace(old_inputs=record(OLD), new_inputs=record(OLD)))
    assert warned == []
    hook.callback(SimpleNamespace(old_inputs=record(OLD), new_inputs=record(NEW)))
    assert warned == [host_change_warning(record(OLD), record(NEW))]


def test_without_an_engine_that_calls_back_there_is_nothing_to_ask() -> None:
    assert host_change_hook("registry") is None, "a mocked engine refuses hooks"
