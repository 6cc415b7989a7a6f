"""The port with metrics, and the series in alert rules and dashboards."""

from __future__ import annotations

import json
import re
import socket
from typing import Any

import requests
import yaml

from cli.monitoring.figures import Figures, Space
from cli.monitoring.files import monitoring_files
from cli.monitoring.registry import Monitored, monitored_registry
from components.settings import Settings
from tests.support.distribution import distribution_image, distribution_is_missing
from tests.support.docker import bridge_gateway, free_port, inspect, skip_or_fail
from tests.support.flavors import DISTRIBUTION, ZOT
from tests.support.live import Registry
from tests.support.receiver import Receiver
from tests.support.registry import Client
from tests.support.zot import require_zot, zot_image
from tests.trial.conftest import Factory

OTHERS = {"up", "kubelet_volume_stats_available_bytes", "kubelet_volume_stats_capacity_bytes"}
"""Series of Prometheus itself and of the kubelet."""
WORDS = {"sum", "by", "le", "rate", "time", "absent", "or", "min", "code", "stack", "action"} | {
    "histogram_quantile",
    "namespace",
    "persistentvolumeclaim",
}
"""Functions and labels of the expressions."""


def described(registry: Registry, outputs: dict[str, Any]) -> Monitored:
    settings = Settings.model_validate(registry.settings)
    return monitored_registry(registry.stack_name, settings, outputs)


def scraped(registry: Monitored) -> str:
    """Read the metrics as Prometheus does."""
    url, path = registry.url.removesuffix("/metrics"), "/metrics"
    user = registry.username or None
    answer = Client(url, registry.ca_pem, user, registry.password).request("GET", path)
    assert answer.status == 200
    return answer.data.decode()


def names_in(text: str) -> set[str]:
    """Return the names of the series in metrics."""
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return {re.split("[{ ]", line)[0] for line in lines}


def used_series(registry: Monitored) -> set[str]:
    """Return the names of the series in the expressions of rules and dashboard."""
    files = monitoring_files(registry)
    rules = yaml.safe_load(files[f"{registry.stack}.rules.yml"])["groups"][0]["rules"]
    panels = json.loads(files[f"{registry.stack}.dashboard.json"])["panels"]
    expressions = [rule["expr"] for rule in rules]
    expressions += [target["expr"] for panel in panels for target in panel["targets"]]
    plain = (re.sub(r'"[^"]*"|\[[^]]*\]', "", expression) for expression in expressions)
    return {name for text in plain for name in re.findall(r"[a-z_]{2,}", text)} - WORDS


def figures() -> set[str]:
    everything = Figures(
        now=1, certificate_end=1, certificate_change=1, backup=1, drill=1, space=Space(1, 1)
    )
    return names_in(everything.to_text("prod"))


def expect_series(registry: Monitored) -> None:
    missing = used_series(registry) - names_in(scraped(registry)) - figures() - OTHERS
    assert missing == set(), "rules and dashboard use only series that exist"


def test_pack_registry(new_registry: Factory) -> None:
    receiver = Receiver()
    port = free_port()
    with receiver.listening():
        endpoint = {"name": "audit", "url": receiver.url}
        registry = new_registry(metrics={"port": port}, notifications={"endpoints": [endpoint]})
        outputs = registry.up()
        assert "has no metrics" not in registry.said
        Client.of(outputs, "admin").push("packs/nginx", b"a pack")
        assert Client.of(outputs).status("/v1/_catalog") == 401
        expect_series(described(registry, outputs))
    bindings = inspect(registry.stack_name)["HostConfig"]["PortBindings"]
    assert bindings[f"{port}/tcp"] == [{"HostIp": "127.0.0.1", "HostPort": str(port)}]
    with socket.socket() as client:
        assert client.connect_ex((bridge_gateway(), port)), "no other address has the port"
    assert Client.of(outputs, "admin").status("/metrics") == 404, "clients don't get them"
    registry.write(metrics=None)
    registry.up()
    assert f"{port}/tcp" not in inspect(registry.stack_name)["HostConfig"]["PortBindings"]


def test_private_address_warns(new_registry: Factory) -> None:
    port = free_port()
    registry = new_registry(metrics={"port": port, "address": bridge_gateway()})
    outputs = registry.up()
    assert "metrics.address is" in registry.said
    url = described(registry, outputs).url
    assert "registry_http_in_flight_requests" in requests.get(url, timeout=10).text


def test_port_in_use(new_registry: Factory) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        registry = new_registry(metrics={"port": port})
        said = registry.failed_up()
    assert f"metrics.port: {port} is in use by another program" in said
    registry.expect_untouched()


def test_distribution(new_registry: Factory) -> None:
    skip_or_fail(distribution_is_missing(), "REQUIRE_DISTRIBUTION")
    with distribution_image() as image:
        registry = new_registry(**DISTRIBUTION, image=image, metrics={"port": free_port()})
        outputs = registry.up()
        assert "has no metrics" not in registry.said
        Client.of(outputs, "admin").push("packs/nginx", b"a pack")
        missing = used_series(described(registry, outputs)) - names_in(
            scraped(described(registry, outputs))
        )
        assert missing - figures() - OTHERS == {"registry_notifications_pending_total"}, (
            "without a receiver, there are no notifications"
        )


def test_zot(new_registry: Factory) -> None:
    require_zot()
    registry = new_registry(
        **{**ZOT, "users": [{"name": "prometheus"}, {"name": "spectro"}]},
        image=zot_image(),
        zot={"metricsUsers": ["prometheus"]},
    )
    outputs = registry.up()
    digest = Client.of(outputs, "admin").push("packs/nginx", b"a pack")
    Client.of(outputs, "admin").pull("packs/nginx", digest)
    Client.of(outputs, "admin").status("/v2/packs/nginx/manifests/1.0.0")
    found = described(registry, outputs)
    assert found.username == "prometheus"
    expect_series(found)
    assert Client.of(outputs, "spectro").status("/metrics") == 403
    assert Client.of(outputs).status("/metrics") == 401
