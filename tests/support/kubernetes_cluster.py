"""Registries on the cluster that KUBECONFIG names, and traffic while they change."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from common.wait import wait_until
from components.kubernetes import names
from components.kubernetes.cluster import Cluster, PodState
from tests.support.docker import unique_name
from tests.support.engine import EngineRegistry, engine_is_missing
from tests.support.registry import Client

IMAGE = os.environ.get("TEST_KUBERNETES_IMAGE", "pack-registry-dev:1.1.0")
BAD_IMAGE = os.environ.get("TEST_KUBERNETES_BAD_IMAGE", "pack-registry-bad:1")
NEXT_IMAGE = os.environ.get("TEST_KUBERNETES_NEXT_IMAGE", "pack-registry-next:1")
SICK_IMAGE = os.environ.get("TEST_KUBERNETES_SICK_IMAGE", "pack-registry-sick:1")
BUCKET_URL = os.environ.get("TEST_KUBERNETES_S3", "")
PLUGIN = "pulumi-resource-kubernetes"
PAUSE = 0.1
"""Seconds between two requests of a worker. Without a pause, logins use all CPUs."""
WORKERS = 4
"""Requests at the same time."""
_log = logging.getLogger(__name__)


def kubernetes_is_missing() -> str | None:
    """Say why tests on a cluster can't run; None if they can."""
    if reason := engine_is_missing():
        return reason
    if not os.environ.get("KUBECONFIG"):
        return "KUBECONFIG names no cluster for tests (`make test-kubernetes` uses it)"
    places = os.pathsep.join([os.environ["PATH"], str(Path("~/.pulumi/bin").expanduser())])
    installed = Path("~/.pulumi/plugins").expanduser().glob("resource-kubernetes-*")
    if not shutil.which(PLUGIN, path=places) and not any(installed):
        return "Pulumi's Kubernetes plugin is not installed"
    try:
        Cluster().version()
    except Exception as error:
        return f"the cluster of KUBECONFIG does not respond: {error}"
    return None


def bucket_settings() -> tuple[dict[str, Any], str, str]:
    """Return the storage settings of the test bucket, its access key and its secret key."""
    url = urlsplit(BUCKET_URL)
    endpoint = f"{url.scheme}://{url.hostname}:{url.port}"
    s3 = {
        "bucket": url.path.strip("/"),
        "region": os.environ.get("TEST_KUBERNETES_S3_REGION", "us-east-1"),
        "prefix": unique_name("test"),
        "endpoint": endpoint,
        "pathStyle": True,
    }
    return {"kind": "s3", "s3": s3}, url.username or "", url.password or ""


class ClusterRegistry(EngineRegistry):
    """One stack whose registry is on the cluster, in its own namespace."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        group = settings.pop("kubernetes", {})
        super().__init__(directory, **settings)
        self.cluster = Cluster()
        self.namespace = self.stack_name
        self.address = os.environ.get("TEST_KUBERNETES_ADDRESS") or self.node_address()
        self.node_port = int(
            os.environ.get("TEST_KUBERNETES_NODE_PORT") or 30000 + self.port % 2700
        )
        self.group: dict[str, Any] = {
            "namespace": self.namespace,
            "service": {"type": "NodePort", "nodePort": self.node_port},
            **group,
        }
        self.write(
            target="kubernetes",
            hostname=self.address,
            bindAddress=None,
            port=None,
            image=settings.get("image", IMAGE),
            kubernetes=self.group,
        )

    def node_address(self) -> str:
        """The first node's address."""
        addresses = self.cluster.core.list_node().items[0].status.addresses
        return str(next(each.address for each in addresses if each.type == "InternalIP"))

    def wait_for_pods(self, *, without: str = "") -> None:
        """Wait until three pods are ready, and none has the given name."""

        def are_ready() -> bool:
            found = self.pods()
            is_gone = without not in {pod.name for pod in found}
            return is_gone and sum(pod.ready for pod in found) >= 3

        assert wait_until(are_ready, 120, 0.5), self.pods()

    def pods(self) -> list[PodState]:
        """The pods that are not being deleted."""
        found = self.cluster.pods(self.namespace, names.selector(self.stack_name))
        return [pod for pod in found if not pod.terminating]

    def use_bucket(self) -> None:
        """Store packs in the test bucket."""
        storage, access_key, secret_key = bucket_settings()
        self.write(storage=storage)
        self.set_secret("storage.s3.accessKey", access_key)
        self.set_secret("storage.s3.secretKey", secret_key)

    def containers(self) -> set[str]:
        """Nothing of this registry is on a Docker host."""
        return set()

    volumes = containers


@dataclass
class Traffic:
    """Logins, pulls compared byte by byte and three-step pushes, until it is stopped."""

    endpoint: str
    ca_certificate: str
    address: str
    """Address to connect to."""
    users: dict[str, str]
    """Passwords. A test may change them while a registry rotates: both are accepted then."""
    requests: int = 0
    failed: list[str] = field(default_factory=list)

    @cached_property
    def _stopped(self) -> threading.Event:
        return threading.Event()

    @contextmanager
    def running(self, workers: int = WORKERS) -> Iterator[Traffic]:
        """Send requests in threads until the block ends. Log how many failed.

        `pytest --log-cli-level=info` shows it.
        """
        began, content = time.monotonic(), os.urandom(200_000)
        admin = self._client("admin")
        digest = admin.push("packs/traffic", content)
        threads = [
            threading.Thread(target=self._work, args=(digest, content, number), daemon=True)
            for number in range(workers)
        ]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._stopped.set()
            for thread in threads:
                thread.join(timeout=30)
            seconds = time.monotonic() - began
            _log.info("failed %d of %d in %.0f s", len(self.failed), self.requests, seconds)
            for reason, count in Counter(each[9:70] for each in self.failed).most_common(5):
                _log.info("  %d times: %s", count, reason)

    def _client(self, user: str) -> Client:
        password = self.users[user]
        return Client(self.endpoint, self.ca_certificate, user, password, "/v1", self.address)

    def _work(self, digest: str, content: bytes, number: int) -> None:
        step = 0
        while not self._stopped.wait(PAUSE):
            step += 1
            self.requests += 1
            began = time.strftime("%H:%M:%S")
            try:
                self._step((step + number) % 3, digest, content)
            except Exception as error:
                self.failed.append(f"{began} {type(error).__name__}: {error}"[:300])

    def _step(self, kind: int, digest: str, content: bytes) -> None:
        if kind == 0:
            status = self._client("spectro").status("/v1/_catalog")
            assert status == 200, f"catalog: {status}"
        elif kind == 1:
            pulled = self._client("spectro").pull("packs/traffic", digest)
            assert pulled == content, f"pulled {len(pulled)} of {len(content)} bytes"
        else:
            self._client("admin").push(f"packs/{os.urandom(4).hex()}", os.urandom(1000))


def traffic(registry: ClusterRegistry, outputs: dict[str, Any]) -> Traffic:
    """Return traffic to a registry. It has not started."""
    return Traffic(
        outputs["endpoint"], outputs["caCertificate"], registry.address, outputs["users"]
    )
