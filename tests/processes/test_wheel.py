"""The wheel: a real build, used without the project."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from cli.paths import ROOT
from tests.support.markdown import blocks

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

WITHOUT_EXTRA = """
import sys

sys.modules["pulumi_kubernetes"] = None
try:
    from pack_registry import KubernetesPackRegistry
except ImportError as error:
    print(error)
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


@pytest.fixture(scope="module")
def site(wheel: Path) -> Path:
    """A directory of packages that has the wheel."""
    directory = wheel.parent / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(directory)
    return directory


def run_python(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the directory of the packages. No other directory is on its path."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=site.parent,
        env={"PYTHONPATH": str(site), "MYPYPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_wheel_works_without_project(site: Path) -> None:
    done = run_python(site, "-c", PROGRAM)
    assert done.returncode == 0, done.stderr
    assert "in the arguments of the pack registry packs. No changes were made.\n" in done.stdout
    assert "\n  - tls.validity_days: invalid value 99999. Must be an integer" in done.stdout
    assert done.stdout.endswith("\npack_registry.components.kubernetes_pack_registry\n")


def test_component_for_clusters_names_its_extra(site: Path) -> None:
    """Importing a module fails if its entry in `sys.modules` is None."""
    done = run_python(site, "-c", WITHOUT_EXTRA)
    assert done.stdout == (
        "KubernetesPackRegistry requires the package pulumi_kubernetes. Install the wheel with its "
        "extra: pip install 'pack_registry-<version>-py3-none-any.whl[kubernetes]'.\n"
    ), done.stderr


def test_documented_program_has_valid_types(site: Path) -> None:
    page = ROOT / "docs" / "how-to" / "use-as-package.md"
    (program,) = (block.text for block in blocks(page) if block.language == "python")
    (site.parent / "program.py").write_text(program)
    done = run_python(
        site, "-m", "mypy", "--no-incremental", "--follow-imports=silent", "program.py"
    )
    assert done.returncode == 0, done.stdout
