"""``make monitoring`` with a real registry."""

from __future__ import annotations

import json
from pathlib import Path

import requests

from tests.engine.conftest import configure, make_up, said, started
from tests.support.docker import free_port


def test_make_monitoring(project: tuple[Path, str]) -> None:
    directory, stack = project
    configure(directory, stack, metrics={"port": free_port()})
    said(make_up(directory, stack))
    variable = {"FILE": str(directory / "monitoring")}
    shown = said(started(directory, stack, "monitoring", environment=variable))
    assert "Wrote 5 files" in shown
    written = directory / "monitoring"
    (target,) = json.loads((written / f"{stack}.targets.json").read_text())
    (address,) = target["targets"]
    assert "registry_http_" in requests.get(f"http://{address}/metrics", timeout=10).text
    figures = (written / f"{stack}.prom").read_text()
    for name in ("certificate_not_after_seconds", "storage_free_bytes", "figures_timestamp"):
        assert f"pack_registry_{name}" in figures
    options = ("outputs", "--only", "users", "--secrets")
    passwords = json.loads(said(started(directory, stack, *options))).values()
    texts = [file.read_text() for file in written.iterdir()]
    assert not any(secret in text for text in texts for secret in ["-----BEGIN", *passwords])
