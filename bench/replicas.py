"""Authenticated requests per second by the number of replicas in a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import RUNS, Comparison, Figure, median
from bench.load import Target, answers, attack, server
from tests.support.kubernetes_cluster import ClusterRegistry, kubernetes_is_missing

REPLICAS = (1, 3, 6)
PATH = "/v1/"
"""The API's root: a password is checked, and no bucket is asked."""


def requests_by_replicas() -> Comparison:
    """Compare replicas in the cluster of KUBECONFIG with one container on this machine."""
    if reason := kubernetes_is_missing():
        raise RuntimeError(reason)
    with server() as target:
        figures = [_measure("one Docker container", target)]
    with _registry() as registry:
        for count in REPLICAS:
            target = registry.scaled(count)
            figures.append(_measure(f"{count} replica{'s' if count > 1 else ''}", target))
    one, three, six = (figure.value / figures[0].value for figure in figures[1:])
    result = (
        f"1, 3 and 6 replicas: {one:.2f}, {three:.2f} and {six:.2f} times the figure of one "
        "container"
    )
    return Comparison("Authenticated requests by the number of replicas", figures, result)


def _measure(name: str, target: Target) -> Figure:
    root = replace(target, url=f"{target.url}{PATH}")
    runs = []
    for _ in range(RUNS):
        result = answers(attack(root, 4))
        if result.failed:
            raise RuntimeError(f"{name}: {result.failed} of {result.requests} requests failed")
        runs.append(result.per_second)
    return median(name, runs, "requests/s")


class _Replicas(ClusterRegistry):
    """A registry whose number of replicas changes."""

    def scaled(self, count: int) -> Target:
        """Run as many replicas, and return the target of requests to them."""
        self.write(kubernetes={**self.group, "replicas": count})
        outputs = self.up()
        ca_file = self.directory / "ca.crt"
        ca_file.write_text(outputs["caCertificate"], encoding="utf-8")
        return Target(outputs["endpoint"], ca_file, "spectro", outputs["users"]["spectro"])


@contextmanager
def _registry() -> Iterator[_Replicas]:
    with TemporaryDirectory() as name:
        registry = _Replicas(Path(name), tls={"algorithm": "ecdsa-p256"})
        registry.use_bucket()
        try:
            yield registry
        finally:
            registry.down()
