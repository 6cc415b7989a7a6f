"""What the other machine's Python must be, for given wheels."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cli.bundles import wheels
from cli.bundles.wheels import download_wheels, required_python
from cli.console import CommandError


@pytest.mark.parametrize(
    ("names", "version"),
    [
        (["click-8.5.1-py3-none-any.whl"], "0.0"),
        ([], "0.0"),
        (["bcrypt-5.0.0-cp39-abi3-manylinux_2_34_x86_64.whl"], "2.34"),
        (["cffi-2.1.1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"], "2.17"),
        (
            ["wrapt-2.5-cp311-cp311-manylinux1_x86_64.manylinux_2_28_x86_64.whl"],
            "2.5",
        ),
        (
            [
                "a-1-cp311-cp311-manylinux_2_9_x86_64.whl",
                "b-1-cp311-cp311-manylinux_2_28_x86_64.whl",
                "c-1-cp311-cp311-manylinux2010_x86_64.whl",
            ],
            "2.28",
        ),
    ],
)
def test_oldest_c_library(names: list[str], version: str) -> None:
    assert required_python(names)["libcVersion"] == version


def test_python() -> None:
    found = required_python([])
    assert found["version"] == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert found["implementation"] == "cpython"


def test_pip_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = "import sys; sys.exit('ERROR: No matching distribution found for click==8.5.1')"
    monkeypatch.setattr(wheels, "_PIP", [sys.executable, "-c", program])
    with pytest.raises(CommandError) as caught:
        download_wheels(["requirements.txt"], tmp_path)
    assert caught.value.message == (
        "The packages of the requirements are not available as wheels for this machine (No "
        "matching distribution found for click==8.5.1). Check the package index (PIP_INDEX_URL), "
        "then run this command again."
    )
