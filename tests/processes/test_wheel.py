"""The wheel: a real build, used without the project."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from cli.paths import ROOT

PROGRAM = """
import sys
import pack_registry

for module in ("common", "components", "pulumi_kubernetes"):
    assert module not in sys.modules, module
try:
    pack_registry.PackRegistry("packs", {"hostname": "localhost", "tls": {"validity_days": 99999}})
except Exception as error:
    print(error)
print(pack_registry.KubernetesPackRegistry.__module__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel that pip builds from this directory."""
    directory = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
    subprocess.run([*command, str(directory), str(ROOT)], check=True)
    (built,) = directory.glob("*.whl")
    return built


def test_wheel_has_one_package(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"pack_registry"}
    assert "pack_registry/py.typed" in names
    assert "pack_registry/components/servers/zot/zot.schema.json" in names
    assert not [name for name in names if "__pycache__" in name]


def test_wheel_requires_ranges(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    metadata = Parser().parsestr(archive.read(name).decode())
    required = metadata.get_all("Requires-Dist") or []
    assert "pulumi<4,>=3.272" in required
    assert not [line for line in required if "==" in line.partition(";")[0]]
    assert not [line for line in required if line.startswith(("click", "oras", "pip"))]


def test_wheel_works_without_project(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "in the arguments of the pack registry packs. No changes were made.\n" in done.stdout
    assert "\n  - tls.validity_days: invalid value 99999. Must be an integer" in done.stdout
    assert done.stdout.endswith("\npack_registry.components.kubernetes_pack_registry\n")
