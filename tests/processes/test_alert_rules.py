"""The alert rules and the scrape configuration, by Prometheus' own promtool."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.monitoring.files import monitoring_files, write_files
from cli.monitoring.registry import Monitored
from tests.support.monitoring import KUBERNETES, METRICS, ZOT, monitored
from tests.support.prometheus import main_configuration, promtool, require_prometheus

DAY = 86400
REGISTRIES: dict[str, dict[str, Any]] = {
    "pack registry": METRICS,
    "zot": ZOT,
    "cluster": {**KUBERNETES, **METRICS},
}
REQUESTS = {"pack registry": "registry_http_requests_total", "zot": "zot_http_requests_total"}
LATENCY = {
    "pack registry": "registry_storage_action_seconds_bucket",
    "zot": "zot_http_method_latency_seconds_bucket",
}
OF_CLAIM = {"namespace": "pack-registry", "persistentvolumeclaim": "spectro-registry-data"}
CLAIM = ",".join(f'{name}="{value}"' for name, value in OF_CLAIM.items())


@pytest.fixture(autouse=True)
def _prometheus() -> None:
    require_prometheus()


def write_rules(directory: Path, registry: Monitored) -> Path:
    """Write the rules of a registry, and return their file."""
    files = monitoring_files(registry)
    manifest = files.get("prod.prometheusrule.yaml")
    if manifest:
        files = {"prod.rules.yml": yaml.safe_dump(yaml.safe_load(manifest)["spec"])}
    write_files(directory, files)
    return directory / "prod.rules.yml"


@pytest.mark.parametrize("name", REGISTRIES)
def test_rules_are_valid(name: str, tmp_path: Path) -> None:
    assert "SUCCESS" in promtool(
        "check", "rules", write_rules(tmp_path, monitored(**REGISTRIES[name]))
    )


@pytest.mark.parametrize("name", ["pack registry", "zot"])
def test_scrape_configuration_is_valid(name: str, tmp_path: Path) -> None:
    write_rules(tmp_path, monitored(**REGISTRIES[name]))
    said = promtool("check", "config", main_configuration(tmp_path))
    assert "SUCCESS" in said
    assert "rule files found" in said


def series(name: str) -> dict[str, str]:
    """Return a healthy registry's series for one hour, by name and labels; one sample a minute."""
    selector = 'stack="prod"'
    found = {
        f"up{{{selector}}}": "1+0x60",
        f'{REQUESTS.get(name, REQUESTS["pack registry"])}{{{selector},code="200"}}': "0+600x60",
        f'{REQUESTS.get(name, REQUESTS["pack registry"])}{{{selector},code="401"}}': "0+60x60",
        f"pack_registry_figures_timestamp_seconds{{{selector}}}": "0+60x60",
        f"pack_registry_certificate_not_after_seconds{{{selector}}}": f"{30 * DAY}+0x60",
        f"pack_registry_storage_free_bytes{{{selector}}}": "50+0x60",
        f"pack_registry_storage_size_bytes{{{selector}}}": "100+0x60",
        f"pack_registry_backup_timestamp_seconds{{{selector}}}": "0+0x60",
        f"kubelet_volume_stats_available_bytes{{{CLAIM}}}": "50+0x60",
        f"kubelet_volume_stats_capacity_bytes{{{CLAIM}}}": "100+0x60",
        f"registry_notifications_pending_total{{{selector}}}": "10+0x60",
    }
    latency = LATENCY.get(name, LATENCY["pack registry"])
    for bound in ("1", "10", "+Inf"):
        found[f'{latency}{{{selector},le="{bound}"}}'] = "0+600x60"
    return found


def slow(name: str) -> dict[str, str | None]:
    return {f'{LATENCY[name]}{{stack="prod",le="1"}}': "0+300x60"}


def cases() -> Iterator[tuple[str, dict[str, str | None], str]]:
    """Yield a registry, changes of its series, and the alert that fires after one hour."""
    up, figure = 'up{stack="prod"}', 'pack_registry_{}{{stack="prod"}}'.format
    for name in ("pack registry", "zot"):
        errors = f'{REQUESTS[name]}{{stack="prod",code="500"}}'
        refused = f'{REQUESTS[name]}{{stack="prod",code="401"}}'
        yield name, {up: "1+0x50 0+0x10"}, "Down"
        yield name, {up: None}, "Down"
        yield name, {errors: "0+20x60"}, "Errors"
        yield name, {refused: "0+400x60"}, "RefusedLogins"
        yield name, slow(name), "SlowStorage"
    yield (
        "pack registry",
        {'registry_notifications_pending_total{stack="prod"}': "5000+0x60"},
        "NotificationsPending",
    )
    yield "zot", {figure("certificate_not_after_seconds"): f"{13 * DAY}+0x60"}, "CertificateEnds"
    change = figure("certificate_change_timestamp_seconds")
    yield "pack registry", {change: f"{59 * DAY}+0x60"}, "CertificateChanges"
    yield "zot", {figure("storage_free_bytes"): "9+0x60"}, "StorageFull"
    yield "cluster", {f"kubelet_volume_stats_available_bytes{{{CLAIM}}}": "9+0x60"}, "StorageFull"
    yield "zot", {figure("backup_timestamp_seconds"): f"-{3 * DAY}+0x60"}, "BackupOld"
    yield "zot", {figure("drill_timestamp_seconds"): f"-{41 * DAY}+0x60"}, "DrillOld"
    yield "zot", {figure("figures_timestamp_seconds"): f"-{3 * DAY}+0x60"}, "FiguresOld"
    yield "zot", {figure("figures_timestamp_seconds"): None}, "FiguresOld"


def fired(
    directory: Path, name: str, changes: dict[str, str | None], alert: str, count: int
) -> None:
    """Check how often an alert fires, with promtool's own comparison."""
    registry = monitored(**REGISTRIES[name])
    rules = write_rules(directory, registry)
    (rule,) = (
        rule
        for group in yaml.safe_load(rules.read_text())["groups"]
        for rule in group["rules"]
        if rule["alert"] == f"PackRegistry{alert}"
    )
    # The condition holds until the end, so its value is one of the series' and not compared here.
    rule["annotations"] = {}
    content = {"groups": [{"name": "test", "rules": [rule]}]}
    rules.write_text(yaml.safe_dump(content))
    values = {**series(name), **changes}
    labels = {**rule["labels"], **(OF_CLAIM if "kubelet" in rule["expr"] else {})}
    expected = [{"exp_labels": labels}] * count
    test = {
        "rule_files": [rules.name],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": key, "values": value} for key, value in values.items() if value
                ],
                "alert_rule_test": [
                    {"eval_time": "1h", "alertname": rule["alert"], "exp_alerts": expected}
                ],
            }
        ],
    }
    file = directory / "test.yml"
    file.write_text(yaml.safe_dump(test))
    promtool("test", "rules", file)


CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[2]} {case[1]}"[:60])
def test_alert_fires(case: tuple[str, dict[str, str | None], str], tmp_path: Path) -> None:
    name, changes, alert = case
    fired(tmp_path, name, changes, alert, 1)


@pytest.mark.parametrize("name", REGISTRIES)
def test_healthy_registry(name: str, tmp_path: Path) -> None:
    registry = monitored(**REGISTRIES[name])
    groups = yaml.safe_load(write_rules(tmp_path, registry).read_text())["groups"]
    for rule in groups[0]["rules"]:
        fired(tmp_path, name, {}, rule["alert"].removeprefix("PackRegistry"), 0)


def test_every_alert_has_a_case() -> None:
    rules = [
        rule["alert"].removeprefix("PackRegistry")
        for settings in REGISTRIES.values()
        for file, text in monitoring_files(monitored(**settings)).items()
        if file.endswith(".rules.yml")
        for rule in yaml.safe_load(text)["groups"][0]["rules"]
    ]
    assert {alert for _, _, alert in CASES} == set(rules)
