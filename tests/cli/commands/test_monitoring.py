"""``make monitoring``."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from backup.record import Event, Last, write_last
from cli import renewal
from cli.commands import monitoring
from cli.monitoring import figures, registry
from components.settings import Settings
from tests.cli.commands.fakes import NO_STACK, run
from tests.support.commands import FakePulumi
from tests.support.monitoring import METRICS, PASSWORD, ZOT, outputs_of


@pytest.fixture
def configured(
    pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> dict[str, str]:
    """The stack's config, which a test sets. Nothing answers, neither Docker nor the endpoint."""
    config: dict[str, str] = {}
    pulumi.answers["stack output"] = (0, json.dumps(outputs_of()), "")
    monkeypatch.setattr(monitoring, "require_pulumi", lambda: pulumi)
    monkeypatch.setattr(registry, "readable_config", lambda _: (config, frozenset()))
    monkeypatch.setattr(figures, "wait_for_certificate", lambda *_: "")
    monkeypatch.setattr(monitoring, "STATE", tmp_path / ".state")
    monkeypatch.chdir(tmp_path)
    return config


def configure(config: dict[str, str], settings: dict[str, object]) -> None:
    config.update({name: json.dumps(value) for name, value in settings.items()})


def test_pack_registry(configured: dict[str, str], tmp_path: Path) -> None:
    configure(configured, METRICS)
    result = run("monitoring", "--file", "new/files")
    written = {file.name for file in (tmp_path / "new" / "files").iterdir()}
    assert written == {
        "dev.dashboard.json",
        "dev.prom",
        "dev.rules.yml",
        "dev.scrape.yml",
        "dev.targets.json",
    }
    assert "Wrote 5 files to new/files: dev.dashboard.json, dev.prom" in result.stderr
    text = (tmp_path / "new" / "files" / "dev.prom").read_text()
    assert 'pack_registry_certificate_not_after_seconds{stack="dev"} 1827187200' in text


@pytest.mark.parametrize(
    ("mode", "changes"), [("self-signed", True), ("provided", True), ("off", False)]
)
def test_certificate_change(
    configured: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    changes: bool,
) -> None:
    configure(configured, METRICS)
    settings = {"hostname": "packs.example.com", "tls": {"mode": mode}}
    monkeypatch.setattr(renewal, "readable_settings", lambda _: Settings.model_validate(settings))
    run("monitoring", "--file", "files")
    text = (tmp_path / "files" / "dev.prom").read_text()
    assert ("pack_registry_certificate_change_timestamp_seconds" in text) is changes


def test_backup(configured: dict[str, str], tmp_path: Path) -> None:
    configure(configured, METRICS)
    end = datetime(2026, 11, 26, 8, tzinfo=UTC)
    state = tmp_path / ".state"
    write_last(state, "dev", Last(Event(end, "dev-1", "/srv/backups", 4.5, 3, 1000, end)))
    run("monitoring", "--file", "files")
    text = (tmp_path / "files" / "dev.prom").read_text()
    assert 'pack_registry_backup_timestamp_seconds{stack="dev"} 1795680000\n' in text
    assert "drill" not in text
    (state / "backups" / "dev.json").write_text("[]")
    run("monitoring", "--file", "files")
    assert "backup" not in (tmp_path / "files" / "dev.prom").read_text()


def test_zot(configured: dict[str, str], tmp_path: Path) -> None:
    configure(configured, ZOT)
    result = run("monitoring", "--file", str(tmp_path))
    assert (tmp_path / "dev.password").read_text() == PASSWORD
    job = yaml.safe_load((tmp_path / "dev.scrape.yml").read_text())["scrape_configs"][0]
    assert job["basic_auth"] == {"username": "prometheus", "password_file": "dev.password"}
    assert f"`sudo chown prometheus {tmp_path}/dev.password`" in result.stderr
    assert PASSWORD not in result.stderr


def test_zot_in_a_cluster(configured: dict[str, str], tmp_path: Path) -> None:
    configure(configured, {**ZOT, "target": "kubernetes"})
    result = run("monitoring", "--file", str(tmp_path))
    assert not (tmp_path / "dev.password").exists()
    assert "Create the Secret spectro-registry-metrics-reader" in result.stderr


def test_no_registry(configured: dict[str, str], pulumi: FakePulumi, tmp_path: Path) -> None:
    configure(configured, METRICS)
    pulumi.answers["stack output"] = NO_STACK
    result = run("monitoring", "--file", str(tmp_path))
    assert result.exit_code == 1
    assert "Stack dev has no registry. Create it with `make up`." in result.stderr


def test_no_directory(configured: dict[str, str]) -> None:
    configure(configured, METRICS)
    assert "FILE is not set. Set it to a directory" in run("monitoring").stderr


def test_invalid_setting(configured: dict[str, str], tmp_path: Path) -> None:
    configure(configured, {"metrics": {"port": 5001, "address": "203.0.113.5"}})
    result = run("monitoring", "--file", str(tmp_path))
    assert "metrics.address: invalid value" in result.stderr
    assert list(tmp_path.iterdir()) == []
