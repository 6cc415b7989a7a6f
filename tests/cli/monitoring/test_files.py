"""The files that ``make monitoring`` writes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from syrupy.assertion import SnapshotAssertion

from cli.console import CommandError
from cli.monitoring.files import monitoring_files, write_files
from tests.support.monitoring import CA, KUBERNETES, METRICS, PASSWORD, ZOT, monitored
from tests.support.text_snapshot import TextSnapshotExtension

REGISTRIES: dict[str, dict[str, Any]] = {
    "pack registry": METRICS,
    "pack registry on private address": {"metrics": {"port": 9100, "address": "fd00::5"}},
    "zot": ZOT,
    "pack registry in a cluster": {**KUBERNETES, **METRICS},
    "zot in a cluster": {**KUBERNETES, **ZOT},
}


@pytest.mark.parametrize("registry", REGISTRIES)
def test_files(registry: str, snapshot: SnapshotAssertion) -> None:
    files = monitoring_files(monitored(**REGISTRIES[registry]))
    shown = (f"--- {name}\n{content}" for name, content in files.items() if "dashboard" not in name)
    assert "\n".join(shown) == snapshot.use_extension(TextSnapshotExtension)


@pytest.mark.parametrize("registry", REGISTRIES)
def test_secrets(registry: str) -> None:
    files = monitoring_files(monitored(**REGISTRIES[registry]))
    with_secret = [name for name, content in files.items() if PASSWORD in content]
    assert with_secret == (["prod.password"] if registry == "zot" else [])
    assert not any("password-of-admin" in content for content in files.values())


def test_admin_reads_metrics_of_zot_by_default() -> None:
    registry = monitored(flavor="oci")
    assert (registry.username, registry.password) == ("admin", "password-of-admin")


def test_public_certificate_has_no_ca() -> None:
    files = monitoring_files(monitored(**ZOT))
    assert files["prod.ca.crt"] == CA
    job = yaml.safe_load(files["prod.scrape.yml"])["scrape_configs"][0]
    assert job["tls_config"] == {"ca_file": "prod.ca.crt"}


def test_dashboard_has_no_overlapping_panels() -> None:
    for settings in (METRICS, ZOT):
        found = json.loads(monitoring_files(monitored(**settings))["prod.dashboard.json"])
        places = [tuple(panel["gridPos"].values()) for panel in found["panels"]]
        assert len(set(places)) == len(places)
        assert len({panel["id"] for panel in found["panels"]}) == len(places)


@pytest.mark.parametrize(
    ("settings", "command"),
    [
        ({}, "--path metrics.port 5001`, then `make up STACK=prod`"),
        ({"flavor": "oci", "zot": {"metrics": False}}, "--path zot.metrics true`"),
    ],
)
def test_registry_without_metrics(settings: dict[str, Any], command: str) -> None:
    with pytest.raises(CommandError) as error:
        monitored(**settings)
    assert command in error.value.message


def test_unknown_password() -> None:
    zot = {**ZOT, "zot": {"metricsUsers": ["ci"]}}
    with pytest.raises(CommandError, match="The password of ci is unknown"):
        monitored(**zot)


def test_modes_of_files(tmp_path: Path) -> None:
    directory = tmp_path / "new" / "directory"
    umask = os.umask(0o077)
    try:
        for _ in range(2):
            write_files(directory, {"prod.password": PASSWORD, "prod.rules.yml": "groups: []\n"})
    finally:
        os.umask(umask)
    modes = {file.name: file.stat().st_mode & 0o777 for file in directory.iterdir()}
    assert modes == {"prod.password": 0o600, "prod.rules.yml": 0o644}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes owners")
def test_password_keeps_its_owner(tmp_path: Path) -> None:
    write_files(tmp_path, {"prod.password": "old"})
    os.chown(tmp_path / "prod.password", 65534, 65534)
    write_files(tmp_path, {"prod.password": "new"})
    file = tmp_path / "prod.password"
    assert (file.read_text(), file.stat().st_uid) == ("new", 65534)


def test_directory_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="can't be written"):
        write_files(tmp_path / "file", {"prod.prom": ""})
