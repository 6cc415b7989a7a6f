"""A cluster's API, and plans of registries in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.kubernetes.cluster import Cluster
from tests.support.kubernetes_api import Api, serving_api


@pytest.fixture
def api() -> Api:
    """The API server's behavior. A namespace does not exist yet."""
    return Api()


@pytest.fixture
def cluster(api: Api, tmp_path: Path) -> Iterator[Cluster]:
    """A client of that server."""
    with serving_api(api, tmp_path) as kubeconfig:
        yield Cluster(kubeconfig)
