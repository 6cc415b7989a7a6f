"""Preflight check of container names."""

from __future__ import annotations

import pytest

from common.labels import Owner
from tests.components.docker.preflight.problems import problems
from tests.support.fakes import OTHER_OWNER, FakeContainer, FakeEngine

OF_ONE_STACK = (
    "spectro-registry",
    "spectro-registry-config-users-writer",
    "spectro-registry-config-certificate-writer",
)
TRIAL = Owner("pack-registry", "trial/dev", "registry")


@pytest.mark.parametrize(
    "name",
    [
        "spectro-registry",
        "spectro-registry-candidate",
        "spectro-registry-config-users-writer",
        "spectro-registry-config-certificate-writer",
    ],
)
@pytest.mark.parametrize(
    ("labels", "advice"),
    [
        (
            {},
            (
                "It does not belong to this stack. Set another containerName, or remove the "
                "container with `docker rm -f {}`."
            ),
        ),
        (
            OTHER_OWNER.labels,
            f"It belongs to the stack {OTHER_OWNER.stack}. Set another containerName.",
        ),
        (
            TRIAL.labels,
            (
                "It belongs to the trial of dev (`make try-down STACK=dev` removes it). "
                "Set another containerName."
            ),
        ),
    ],
    ids=["no owner", "another stack", "a trial"],
)
def test_name_in_use(name: str, labels: dict[str, str], advice: str) -> None:
    engine = FakeEngine(FakeContainer(name, labels, status="exited"))
    expected = f"containerName: a container named {name} already exists. {advice.format(name)}"
    assert problems(engine) == [expected], "it is reported even if it does not run"


def test_other_stack_is_reported_once() -> None:
    engine = FakeEngine(
        *(FakeContainer(name, dict(OTHER_OWNER.labels)) for name in OF_ONE_STACK),
        FakeContainer("spectro-registry-candidate", {}),
    )
    engine.volumes = {
        name: dict(OTHER_OWNER.labels)
        for name in ("spectro-registry-config", "spectro-registry-data")
    }
    own, unowned = problems(engine, storage={"keepOnDestroy": False})
    assert own == (
        "containerName: a container named spectro-registry already exists. It belongs to the "
        f"stack {OTHER_OWNER.stack}. Set another containerName."
    )
    assert unowned.endswith("`docker rm -f spectro-registry-candidate`."), "it has its own command"


def test_named_volume_of_other_stack() -> None:
    engine = FakeEngine(FakeContainer("spectro-registry", dict(OTHER_OWNER.labels)))
    engine.volumes = {"packs": dict(OTHER_OWNER.labels)}
    _, volume = problems(engine, storage={"keepOnDestroy": False, "volume": "packs"})
    assert volume.startswith("storage.volume: a volume named packs exists"), "another fix"


def test_own_containers() -> None:
    writer = FakeContainer("spectro-registry-config-users-writer", status="created")
    assert problems(FakeEngine(FakeContainer("spectro-registry"), writer)) == []


def test_similar_names() -> None:
    similar = [FakeContainer(name, {}) for name in ("spectro-registry-2", "my-spectro-registry")]
    assert problems(FakeEngine(*similar)) == []
