"""The lock for maintenance in a cluster."""

from __future__ import annotations

import re

import pytest

from common.labels import MAINTENANCE_LABEL
from components.kubernetes.cluster import Cluster
from components.kubernetes.maintenance_lock import KubernetesLockStore
from components.maintenance.lock import Holder, LockedError, acquire
from components.maintenance.operation import Operation
from tests.support.fakes import OWNER
from tests.support.kubernetes_api import Api

MICRO_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/packs/leases"


@pytest.fixture
def store(cluster: Cluster) -> KubernetesLockStore:
    return KubernetesLockStore(cluster, "registry", "packs", OWNER)


def test_lock_is_lease(api: Api, store: KubernetesLockStore) -> None:
    lock = acquire(store, Operation.BACKUP)
    ((path, lease),) = api.created
    assert path == LEASES
    assert lease["metadata"]["name"] == "registry-maintenance"
    assert lease["spec"]["holderIdentity"] == f"backup by {lock.holder.user}"
    assert lease["metadata"]["annotations"]["pack-registry.stack"] == "test"
    assert re.fullmatch(MICRO_TIME, lease["spec"]["acquireTime"]), "an API server rejects others"
    with pytest.raises(LockedError):
        acquire(store, Operation.RESTORE)
    store.remove(lock.identifier)
    assert api.deleted == [f"{LEASES}/registry-maintenance"]
    assert store.find() is None


def test_lease_of_other_holder_stays(api: Api, store: KubernetesLockStore) -> None:
    holder = Holder.current(Operation.BACKUP)
    api.add(
        f"{LEASES}/registry-maintenance",
        metadata={"uid": "theirs", "annotations": {MAINTENANCE_LABEL: holder.to_text()}},
        spec={},
    )
    store.remove("own")
    found = store.find()
    assert found
    assert (found.identifier, found.holder) == ("theirs", holder)
