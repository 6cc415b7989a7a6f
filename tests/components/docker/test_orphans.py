"""Containers that an interrupted update left behind."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from common.errors import UserError
from components.docker.errors import ContainerNotOwnedError
from components.docker.orphans import remove_orphan, remove_orphan_hook
from tests.support.fakes import OTHER_OWNER, OWNER, FakeContainer, FakeEngine


def test_remove_orphan() -> None:
    engine = FakeEngine(FakeContainer("spectro-registry", status="created"))
    assert remove_orphan(engine, "spectro-registry", OWNER) is True
    assert engine.changes == [("remove", "spectro-registry")]
    assert remove_orphan(engine, "spectro-registry", OWNER) is False


@pytest.mark.parametrize(
    "labels",
    [
        {},
        OTHER_OWNER.labels,
        {"pack-registry.project": "pack-registry", "pack-registry.stack": "test"},
    ],
)
def test_container_of_other_owner(labels: dict[str, str]) -> None:
    engine = FakeEngine(FakeContainer("spectro-registry", labels))
    with pytest.raises(ContainerNotOwnedError, match="already exists"):
        remove_orphan(engine, "spectro-registry", OWNER)
    assert engine.changes == []


def test_hook(monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[tuple[str, Any]] = []

    class Hook:
        def __init__(self, name: str, callback: Any) -> None:
            registered.append((name, callback))

    monkeypatch.setattr(pulumi, "ResourceHook", Hook)
    monkeypatch.setattr(pulumi, "ResourceHookBinding", lambda **hooks: hooks)
    warnings: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warnings.append)
    engine = FakeEngine(FakeContainer("spectro-registry"))
    binding: Any = remove_orphan_hook("registry-clear-orphan", engine, OWNER)
    assert list(binding) == ["before_create"], (
        "with a hook on deletion, `pulumi destroy` without the program fails"
    )
    ((name, remove),) = registered
    assert name == "registry-clear-orphan", "two registries in one program need two names"

    call = SimpleNamespace(new_inputs={"name": "spectro-registry"})
    remove(call)
    assert engine.changes == [("remove", "spectro-registry")]
    assert warnings == [
        (
            "Removed the container spectro-registry, which an interrupted update of this stack "
            "left behind."
        )
    ]
    engine.held["spectro-registry"] = FakeContainer("spectro-registry", {})
    with pytest.raises(UserError, match="does not belong to this stack"):
        remove(call)
