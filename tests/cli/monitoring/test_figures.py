"""Figures for the textfile collector."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from cli.monitoring import figures
from cli.monitoring.figures import Figures, Space, certificate_end, storage_space
from components.docker.engine import LOCAL_SOCKET, DockerEngine
from components.settings import Settings
from tests.support.certificates import issue
from tests.support.monitoring import outputs_of

TEXT = """\
# HELP pack_registry_figures_timestamp_seconds Time of these figures.
# TYPE pack_registry_figures_timestamp_seconds gauge
pack_registry_figures_timestamp_seconds{stack="prod"} 1795680000
# HELP pack_registry_storage_size_bytes Size of the storage.
# TYPE pack_registry_storage_size_bytes gauge
pack_registry_storage_size_bytes{stack="prod"} 1000
# HELP pack_registry_storage_free_bytes Free space of the storage.
# TYPE pack_registry_storage_free_bytes gauge
pack_registry_storage_free_bytes{stack="prod"} 0
"""


def settings_of(**settings: Any) -> Settings:
    return Settings.model_validate({"hostname": "registry.example.com", **settings})


def seconds(text: str) -> float:
    return datetime.datetime.fromisoformat(text).timestamp()


def test_unknown_figures_are_left_out() -> None:
    assert Figures(now=1795680000, space=Space(1000, 0)).to_text("prod") == TEXT


def test_certificate_is_the_presented_one(monkeypatch: pytest.MonkeyPatch) -> None:
    renewed = issue("registry.example.com", ["registry.example.com"])
    monkeypatch.setattr(figures, "wait_for_certificate", lambda *_: renewed.certificate_pem)
    end = certificate_end(outputs_of())
    assert end is not None
    assert end != seconds("2027-11-26T00:00:00Z")
    monkeypatch.setattr(figures, "wait_for_certificate", lambda *_: "")
    assert certificate_end(outputs_of()) == seconds("2027-11-26T00:00:00Z")


def test_no_certificate() -> None:
    assert certificate_end(outputs_of("http://registry.example.com")) is None


class Engine(DockerEngine):
    """A local engine whose volumes only root may enter."""

    def __init__(self, root: Path, url: str = LOCAL_SOCKET) -> None:
        super().__init__(url)
        self.root = root

    def info(self) -> dict[str, Any]:
        return {"DockerRootDir": str(self.root)}

    def volume_directory(self, name: str) -> str:
        return f"/nonexistent/{name}/_data"


def test_space_of_directory_and_volume(tmp_path: Path) -> None:
    path = settings_of(storage={"kind": "path", "path": str(tmp_path)})
    for settings in (path, settings_of()):
        space = storage_space(settings, Engine(tmp_path))
        assert space
        assert 0 < space.free < space.size


def test_unknown_space(tmp_path: Path) -> None:
    bucket = settings_of(storage={"kind": "s3", "s3": {"bucket": "packs", "region": "any"}})
    assert storage_space(bucket, Engine(tmp_path)) is None
    assert storage_space(settings_of(), Engine(tmp_path / "missing")) is None
    assert storage_space(settings_of(), Engine(tmp_path, "ssh://build")) is None
    assert storage_space(settings_of(target="kubernetes"), Engine(tmp_path)) is None
