"""Commands of a stack whose registry runs on Kubernetes."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.console import CommandError
from cli.hosts import Host, host_of
from cli.kubernetes import packages
from common.labels import Owner
from components.maintenance.operation import Operation
from tests.support.commands import FakePulumi
from tests.support.component import settings_of
from tests.support.kubernetes_api import Api, serving_api
from tests.support.kubernetes_plan import S3

OWNER = Owner("pack-registry", "prod", "registry")
CLAIM = "/api/v1/namespaces/pack-registry/persistentvolumeclaims/spectro-registry-data"
DEPLOYMENT = "/apis/apps/v1/namespaces/pack-registry/deployments/spectro-registry"
LEASE = "/apis/coordination.k8s.io/v1/namespaces/pack-registry/leases/spectro-registry-maintenance"
NO_STACK = (1, "", "error: no stack named 'prod' found")


@pytest.fixture
def api() -> Api:
    """The API server's behavior."""
    return Api()


@pytest.fixture
def kubeconfig(api: Api, tmp_path: Path) -> Iterator[str]:
    """A kubeconfig for that server."""
    with serving_api(api, tmp_path) as path:
        yield path


@pytest.fixture
def pulumi() -> FakePulumi:
    """A Pulumi CLI whose commands succeed. The stack has resources."""
    return FakePulumi({"stack export": (0, '{"deployment": {"resources": [{}]}}', "")})


def host(kubeconfig: str, **settings: Any) -> Host:
    group = {"kubeconfig": kubeconfig, "service": {"type": "ClusterIP"}}
    return host_of(
        settings_of(target="kubernetes", kubernetes=group, **{"storage": S3, **settings})
    )


def test_ready_cluster(kubeconfig: str) -> None:
    host(kubeconfig).ensure_ready()


def test_unreachable_cluster(api: Api, kubeconfig: str) -> None:
    api.failing["/version/"] = (503, "starting")
    with pytest.raises(CommandError, match=r"`kubectl cluster-info`. No changes were made."):
        host(kubeconfig).ensure_ready()


def test_packages_are_installed_first(kubeconfig: str, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> Any:
        commands.append(command)
        return type("Done", (), {"returncode": 1})

    monkeypatch.setattr(packages, "_missing", lambda: ["kubernetes"])
    monkeypatch.setattr("subprocess.run", run)
    with pytest.raises(CommandError, match=r"need the packages of requirements-kubernetes.txt"):
        host(kubeconfig).ensure_ready()
    assert commands[0][0].endswith("tools/venv.sh")
    assert commands[0][2] == "requirements-kubernetes.txt"


def test_pinned_packages_are_installed(kubeconfig: str) -> None:
    assert packages._missing() == []


def test_registry_without_state(api: Api, kubeconfig: str, pulumi: FakePulumi) -> None:
    pulumi.answers["stack export"] = NO_STACK
    api.add(
        DEPLOYMENT,
        metadata={"annotations": OWNER.labels},
        spec={"selector": {}, "template": {}},
    )
    with pytest.raises(CommandError) as raised:
        host(kubeconfig).prepare(pulumi, "prod", "up")
    text = raised.value.message
    assert "A registry of stack prod already runs in namespace pack-registry of http://" in text
    assert "`make down STACK=prod`" in text
    assert "`kubectl delete deployment spectro-registry --namespace pack-registry`" in text


def test_new_stack(kubeconfig: str, pulumi: FakePulumi) -> None:
    pulumi.answers["stack export"] = NO_STACK
    host(kubeconfig).prepare(pulumi, "prod", "up")
    assert pulumi.calls_of("stack init")


def test_failure_shows_pods(
    api: Api, kubeconfig: str, pulumi: FakePulumi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.add_pod("new", ready=False, waiting="CrashLoopBackOff", restarts=2)
    api.add_pod("old")
    api.logs["new previous"] = "panic: unknown storage driver"
    host(kubeconfig).explain_failure(pulumi, "prod")
    shown = capsys.readouterr().err
    assert "pod new: CrashLoopBackOff" in shown
    assert "log   panic: unknown storage driver" in shown
    assert "old" not in shown


def test_failure_of_unreachable_cluster(api: Api, kubeconfig: str, pulumi: FakePulumi) -> None:
    api.failing["/api/v1/namespaces/pack-registry/pods"] = (503, "gone")
    host(kubeconfig).explain_failure(pulumi, "prod")


def test_removal_keeps_bucket(
    kubeconfig: str, pulumi: FakePulumi, capsys: pytest.CaptureFixture[str]
) -> None:
    host(kubeconfig).remove(pulumi, "prod", purge=True, confirmed=False)
    assert len(pulumi.calls_of("destroy")) == 1
    shown = capsys.readouterr().err
    assert "Its packs are in the bucket packs, which was not changed." in shown


def test_removal_keeps_claim(
    api: Api, kubeconfig: str, pulumi: FakePulumi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.add(CLAIM)
    cluster = host(kubeconfig, storage={"kind": "volume"})
    cluster.remove(pulumi, "prod", purge=False, confirmed=False)
    assert api.deleted == []
    assert "kept in the volume claim spectro-registry-data" in capsys.readouterr().err


def test_purge(
    api: Api, kubeconfig: str, pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.add(CLAIM)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    cluster = host(kubeconfig, storage={"kind": "volume"})
    with pytest.raises(CommandError, match="PURGE=1 needs a confirmation"):
        cluster.remove(pulumi, "prod", purge=True, confirmed=False)
    assert not pulumi.calls_of("destroy")
    cluster.remove(pulumi, "prod", purge=True, confirmed=True)
    assert api.deleted == [CLAIM]


def test_failed_removal(api: Api, kubeconfig: str, pulumi: FakePulumi) -> None:
    api.add(CLAIM)
    pulumi.answers["destroy"] = (1, "", "")
    with pytest.raises(CommandError, match="Removal of stack prod failed"):
        host(kubeconfig, storage={"kind": "volume"}).remove(
            pulumi, "prod", purge=True, confirmed=True
        )
    assert api.deleted == []


def test_refused_purge(api: Api, kubeconfig: str, pulumi: FakePulumi) -> None:
    pulumi.answers["stack export"] = (0, json.dumps({"deployment": {}}), "")
    api.failing[CLAIM] = (403, "forbidden")
    with pytest.raises(CommandError, match=r"Kubernetes error \(forbidden\)"):
        host(kubeconfig, storage={"kind": "volume"}).remove(
            pulumi, "prod", purge=True, confirmed=True
        )


def test_lock_excludes_operations(kubeconfig: str, api: Api) -> None:
    registry = host(kubeconfig)
    with registry.maintenance_lock("prod", Operation.BACKUP):
        with (
            pytest.raises(CommandError, match=r"^The lock of stack prod is held: backup by "),
            registry.maintenance_lock("prod", Operation.GARBAGE_COLLECTION),
        ):
            pass
        with pytest.raises(CommandError, match="The process runs on this machine"):
            registry.unlock("prod")
    assert api.deleted == [LEASE]
    registry.unlock("prod")


def test_update_without_permission_for_lock(kubeconfig: str, api: Api, pulumi: FakePulumi) -> None:
    api.failing[LEASE] = (403, "leases is forbidden")
    host(kubeconfig).prepare(pulumi, "prod", "up")
    with (
        pytest.raises(CommandError, match=r"Kubernetes error \(leases is forbidden\)"),
        host(kubeconfig).maintenance_lock("prod", Operation.BACKUP),
    ):
        pass


def test_update_during_collection(kubeconfig: str, pulumi: FakePulumi) -> None:
    registry = host(kubeconfig)
    with (
        registry.maintenance_lock("prod", Operation.GARBAGE_COLLECTION),
        pytest.raises(CommandError, match="is held: garbage collection by"),
    ):
        registry.prepare(pulumi, "prod", "up")
    with registry.maintenance_lock("prod", Operation.BACKUP):
        registry.prepare(pulumi, "prod", "up")
