"""Alerts of a real Prometheus: the bucket stops and comes back, and so does the server."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import docker
import yaml

from cli.monitoring.files import monitoring_files, write_files
from cli.monitoring.registry import Monitored, monitored_registry
from cli.monitoring.rules import Timing, rule_groups
from common.wait import wait_until
from components.settings import Settings
from tests.support.docker import bridge_gateway, free_port
from tests.support.live import Registry
from tests.support.prometheus import (
    Prometheus,
    main_configuration,
    require_prometheus,
    running_prometheus,
)
from tests.support.registry import Client
from tests.support.relay import Mode, relay
from tests.support.s3 import bucket
from tests.support.zot import require_zot, zot_image
from tests.trial.conftest import Factory

SHORT = Timing(window="10s", short="2s", medium="3s", long="3s")
"""The rules of `make monitoring`, with shorter durations."""
SECONDS = 90.0
KEYS = {"accessKey": "test-access-key", "secretKey": "test-secret-key"}


def monitored(registry: Registry, outputs: dict[str, Any], directory: Path) -> Monitored:
    """Write the files of `make monitoring` with shorter durations."""
    settings = Settings.model_validate(registry.settings)
    found = monitored_registry(registry.stack_name, settings, outputs)
    files = monitoring_files(found)
    files[f"{registry.stack_name}.rules.yml"] = yaml.safe_dump(rule_groups(found, SHORT))
    write_files(directory, files)
    return found


@contextlib.contextmanager
def requests_to(client: Client, path: str) -> Iterator[None]:
    """Send requests until the end of the block, whatever the answers are."""
    done = threading.Event()

    def send() -> None:
        while not done.is_set():
            with contextlib.suppress(Exception):
                client.status(path)
            time.sleep(0.2)

    threads = [threading.Thread(target=send, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()


def expect_alert(prometheus: Prometheus, alert: str, *, fires: bool) -> None:
    """Wait until an alert fires, or until it no longer does."""
    assert wait_until(
        lambda: (f"PackRegistry{alert}" in prometheus.firing()) is fires, SECONDS, interval=0.5
    ), f"{alert} {'does not fire' if fires else 'fires'}: {prometheus.get('alerts')}"


def test_bucket_stops(new_registry: Factory, tmp_path: Path) -> None:
    require_prometheus()
    with bucket() as packs:
        parts = urlsplit(packs.endpoint)
        server = (str(parts.hostname), int(parts.port or 0))
        with relay(bridge_gateway(), server) as link:
            storage = packs.storage
            storage["s3"] |= {"endpoint": f"http://{link.netloc}", **KEYS}
            registry = new_registry(storage=storage, metrics={"port": free_port()})
            outputs = registry.up()
            found = monitored(registry, outputs, tmp_path / "monitoring")
            configuration = main_configuration(tmp_path / "monitoring", "1s")
            admin = Client.of(outputs, "admin")
            admin.push("packs/nginx", b"a pack")
            with (
                running_prometheus(configuration, tmp_path / "data") as prometheus,
                requests_to(admin, "/v1/_catalog"),
            ):
                up = lambda: prometheus.targets().get(found.job) == "up"  # noqa: E731
                assert wait_until(up, SECONDS)
                assert wait_until(lambda: _has_rates(prometheus, found.stack), SECONDS)
                assert prometheus.firing() <= {"PackRegistryFiguresOld"}
                link.limit(Mode.CUT, 0)
                expect_alert(prometheus, "Errors", fires=True)
                link.resume()
                expect_alert(prometheus, "Errors", fires=False)
                container = docker.from_env().containers.get(registry.stack_name)
                container.stop(timeout=1)
                expect_alert(prometheus, "Down", fires=True)
                container.start()
                expect_alert(prometheus, "Down", fires=False)


def test_refused_logins_of_zot(new_registry: Factory, tmp_path: Path) -> None:
    """Prometheus verifies the certificate, and reads the password from its file."""
    require_prometheus()
    require_zot()
    registry = new_registry(
        flavor="oci",
        image=zot_image(),
        users=[{"name": "prometheus"}],
        zot={"metricsUsers": ["prometheus"], "failDelaySeconds": 0},
    )
    outputs = registry.up()
    found = monitored(registry, outputs, tmp_path / "monitoring")
    configuration = main_configuration(tmp_path / "monitoring", "1s")
    nobody = Client.of(outputs, "admin", "wrong")
    with running_prometheus(configuration, tmp_path / "data") as prometheus:
        assert wait_until(lambda: prometheus.targets().get(found.job) == "up", SECONDS)
        with requests_to(nobody, "/v2/"):
            expect_alert(prometheus, "RefusedLogins", fires=True)
        expect_alert(prometheus, "RefusedLogins", fires=False)


def _has_rates(prometheus: Prometheus, stack: str) -> bool:
    query = f'sum(rate(registry_http_requests_total{{stack="{stack}",code="200"}}[10s]))'
    return bool(prometheus.value(query))
