"""A cluster's API, and plans of registries in it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from common import wait
from components.kubernetes.cluster import Cluster
from tests.support.kubernetes_api import Api, serving_api


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting ends at once: the cluster's answers change with requests and not with time."""
    slept = [0.0]

    def sleep(seconds: float) -> None:
        slept[0] += seconds
        time.sleep(0.001)

    monkeypatch.setattr(
        wait, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + slept[0], sleep=sleep)
    )


@pytest.fixture
def api() -> Api:
    """The API server's behavior. A namespace does not exist yet."""
    return Api()


@pytest.fixture
def cluster(api: Api, tmp_path: Path) -> Iterator[Cluster]:
    """A client of that server."""
    with serving_api(api, tmp_path) as kubeconfig:
        yield Cluster(kubeconfig)
