"""The commands of the page about packs and of its workflow, with a registry of flavor oci."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from cli.paths import ROOT
from tests.support.console import Session, console_blocks, run_blocks, session
from tests.support.docker import DEVELOPMENT_IMAGE
from tests.support.flavors import DISTRIBUTION
from tests.support.palette.server import serve
from tests.support.palette.stub import PaletteStub

__all__ = ["session"]

PAGE = "docs/how-to/packs.md"
WORKFLOW = ROOT / "docs" / "examples" / "github-actions-packs.yml"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


@pytest.fixture
def registry(session: Session) -> Iterator[Session]:
    """A running registry of flavor oci, and a pack in the directory next to the project."""
    directory, environment, _ = session
    (file,) = directory.glob("Pulumi.docs*.yaml")
    stack = yaml.safe_load(file.read_text())
    settings = {**DISTRIBUTION, "image": DEVELOPMENT_IMAGE}
    stack["config"] |= {f"pack-registry:{key}": value for key, value in settings.items()}
    file.write_text(yaml.safe_dump(stack))
    pack = directory.parent / "packs" / "hello-1.0.0"
    (pack / "manifests").mkdir(parents=True)
    described = {
        "name": "hello",
        "displayName": "Hello",
        "version": "1.0.0",
        "layer": "addon",
        "cloudTypes": ["all"],
        "addonType": "app services",
        "kubeManifests": ["manifests/hello.yaml"],
    }
    (pack / "pack.json").write_text(json.dumps(described, indent=2))
    (pack / "values.yaml").write_text("manifests:\n  hello: {}\n")
    (pack / "logo.png").write_bytes(base64.b64decode(PIXEL))
    (pack / "manifests" / "hello.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hello\n"
    )
    run("make up", directory, environment)
    yield session
    run("make down PURGE=1 YES=1", directory, environment)


def run(command: str, directory: Path, environment: dict[str, str], **more: str) -> str:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=directory,
        env={**environment, **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_page(registry: Session) -> None:
    assert run_blocks(console_blocks(PAGE), *registry) == []


def test_workflow(registry: Session) -> None:
    """Run the steps of both jobs one after the other, with a simulated Palette API."""
    directory, environment, _ = registry
    jobs = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    steps = [step for name in ("check", "publish") for step in jobs[name]["steps"] if "run" in step]
    assert {step["working-directory"] for step in steps} == {"registry"}
    with serve(PaletteStub(sync_states=["Success"], newest={"hello": "1.0.0"})) as api:
        run("make register-key", directory, environment, PALETTE_API_KEY=api.api_key)
        (file,) = (directory / "palette").glob("Pulumi.docs*.yaml")
        config = yaml.safe_load(file.read_text())
        config["config"]["pack-registry-palette:paletteHost"] = api.host
        file.write_text(yaml.safe_dump(config))
        run("make register", directory, environment)
        syncs = len(api.syncs)
        shown = [run(step["run"], directory, environment) for step in steps]
        assert len(api.syncs) == syncs + 1
        password = api.only_spec()["auth"]["password"]
        run("make unregister", directory, environment)
    assert "hello:1.0.0: new" in shown[1]
    assert "Palette has synced" in shown[1]
    assert any(
        line.startswith("hello  1.0.0") and "  1.0.0" in line for line in shown[2].splitlines()
    )
    assert password not in "".join(shown)
