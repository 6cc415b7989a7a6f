"""``make bundle``: what it refuses, and what it reports."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cli.bundles import contents
from cli.bundles.images import BundledImage
from cli.bundles.project_files import ProjectFiles
from cli.bundles.pulumi_files import PulumiFiles
from cli.commands import bundle as module
from components.settings import Settings
from tests.cli.commands.fakes import run
from tests.support.bundles import this_python
from tests.support.fakes import FakeEngine

DIGEST = f"@sha256:{'a' * 64}"


class Prepared:
    """What the command finds, which a test changes."""

    def __init__(self, root: Path) -> None:
        self.settings: dict[str, Any] = {"hostname": "packs.example.com", "image": "server:1"}
        self.encrypted: list[str] = []
        self.root = root

    def project(self, stack: str) -> ProjectFiles:
        content = f"config:\n  image: {self.settings['image']}\n".encode()
        return ProjectFiles([Path("Makefile")], "c" * 40, False, content, self.encrypted)


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prepared:
    found = Prepared(tmp_path / "project")
    (found.root / "policy").mkdir(parents=True)
    (found.root / "Makefile").write_text("")
    pulumi = found.root / "pulumi"
    pulumi.write_text("")
    engine = FakeEngine()

    def download(requirements: list[str], directory: Path) -> None:
        (directory / f"{requirements[-1]}-1-py3-none-any.whl").write_text("")

    files = PulumiFiles({"bin/pulumi": pulumi}, {"pulumi": "3.1.0", "docker": "5.2.0"})
    monkeypatch.setattr(contents, "ROOT", found.root)
    monkeypatch.setattr(contents, "download_wheels", download)
    monkeypatch.setattr(contents, "required_python", lambda _: this_python())
    monkeypatch.setattr(contents.Contents, "_write_image", lambda *_: None)
    for name, value in {
        "check_settings": lambda _: None,
        "readable_settings": lambda _: Settings.model_validate(found.settings),
        "project_files": found.project,
        "find_pulumi": lambda: "pulumi",
        "find_pulumi_files": lambda *_, **__: files,
        "docker_engine": lambda _: engine,
        "ensure_docker": lambda _: None,
        "ensure_development_image": lambda *_: None,
        "find_image": lambda _, name: BundledImage(name, "amd64"),
    }.items():
        monkeypatch.setattr(module, name, value)
    return found


def make(tmp_path: Path, *options: str) -> tuple[str, dict[str, Any]]:
    """Make a bundle, and return the messages and the description."""
    shown = run("bundle", "--stack", "prod", "--file", str(tmp_path / "site"), *options)
    assert shown.exit_code == 0, shown.stderr
    return shown.stderr, json.loads((tmp_path / "site/bundle.json").read_text())


def refused(*options: str) -> str:
    shown = run("bundle", "--stack", "prod", *options)
    assert shown.exit_code == 1
    return shown.stderr


def test_messages(prepared: Prepared, tmp_path: Path) -> None:
    shown, description = make(tmp_path)
    assert re.search(r"Wrote 1 part \([\d.]+ (bytes|kB)\) to", shown), shown
    assert "program 0.1.0 (commit cccccccccccc)" in shown
    assert "pulumi 3.1.0, docker 5.2.0; image server:1." in shown
    assert "The bundle contains no secrets. The other machine generates its own." in shown
    assert "run `./unbundle.sh DIRECTORY` there." in shown
    assert description["image"] == {"name": "server:1", "architecture": "amd64"}
    assert description["programs"] == []
    assert description["next"] == ["Unpacked. Next, run `cd {directory} && make up STACK=prod`."]
    assert sorted(path.name for path in (tmp_path / "site").iterdir()) == [
        "SHA256SUMS",
        "bundle.json",
        "site.part001",
        "unbundle.sh",
    ]


def test_encrypted_stack(prepared: Prepared, tmp_path: Path) -> None:
    prepared.encrypted = ["imagePassword"]
    shown, description = make(tmp_path)
    assert (
        "Pulumi.prod.yaml is in the bundle with encrypted values (imagePassword). Its passphrase "
        "is not in the bundle."
    ) in shown
    assert "contains no secrets" not in shown
    assert description["next"][0] == (
        "Pulumi.prod.yaml is encrypted. Copy its passphrase to {directory}/.state/passphrase "
        "first. It is not in the bundle."
    )


def test_development_image_needs_docker_command(prepared: Prepared, tmp_path: Path) -> None:
    prepared.settings["image"] = "pack-registry-dev:1.1.0"
    assert make(tmp_path)[1]["programs"] == ["docker"]


def test_pinned_image(prepared: Prepared, tmp_path: Path) -> None:
    prepared.settings["image"] = f"example.com/server:1{DIGEST}"
    shown, description = make(tmp_path)
    assert (
        "Images in archives have no digest. In the bundle, Pulumi.prod.yaml names the image "
        "example.com/server:1, and policy/prod.json allows it. unbundle.sh checks the ID of the "
        "image."
    ) in shown
    assert description["image"]["name"] == "example.com/server:1"


def test_packs(prepared: Prepared, tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    (packs / "nginx").mkdir(parents=True)
    (packs / "nginx/pack.json").write_text("{}")
    assert make(tmp_path, "--packs", str(packs))[1]["next"][-1] == (
        "Then push the packs with `make push PACK=.bundle/packs STACK=prod`."
    )


def test_cluster_has_no_image(prepared: Prepared, tmp_path: Path) -> None:
    prepared.settings |= {"target": "kubernetes"}
    shown, description = make(tmp_path)
    assert description["image"] is None
    assert "the cluster pulls it from a registry that it reaches." in shown


def test_image_archive(prepared: Prepared, tmp_path: Path) -> None:
    prepared.settings["imageArchive"] = "/srv/server.tar"
    shown = refused("--file", str(tmp_path / "site"))
    assert "Remove imageArchive from Pulumi.prod.yaml" in shown
    assert not (tmp_path / "site").exists()


def test_invalid_options(prepared: Prepared, tmp_path: Path) -> None:
    assert "FILE is not set. Set it to a new directory" in refused()
    assert "FILE: " in refused("--file", str(prepared.root))
    site = str(tmp_path / "site")
    assert "PART_SIZE: invalid value" in refused("--file", site, "--part-size", "4GB")
    assert "is not a directory. Must be a directory of packs" in refused(
        "--file", site, "--packs", str(tmp_path / "missing")
    )
    assert not (tmp_path / "site").exists()
