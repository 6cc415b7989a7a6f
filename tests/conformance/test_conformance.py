"""Every server passes the OCI conformance program, except for what it can't do.

To renew the page after an intended change, run this test with RENEW=1, and review the difference.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.page import (
    CAUSES,
    DEVELOPMENT,
    DISTRIBUTION,
    OPENED,
    PAGE,
    ZOT,
    cause_of,
    render,
)
from tests.support import flavors, live
from tests.support.conformance import Results, require_conformance, run_conformance
from tests.support.distribution import PROGRAM, distribution_image, distribution_is_missing
from tests.support.docker import docker_is_missing, skip_or_fail
from tests.support.processes import find_program
from tests.support.trial import TrialRegistry
from tests.support.zot import require_zot, zot_image

OPEN: dict[str, Any] = {
    "server": {
        "extra": {
            "storage": {"delete": {"enabled": True}},
            "validation": {"manifests": {"urls": {"allow": ["^https://"]}}},
        }
    }
}


@pytest.fixture(scope="module", autouse=True)
def _tools() -> None:
    skip_or_fail(docker_is_missing(), "REQUIRE_DOCKER")
    require_conformance()
    require_zot()
    skip_or_fail(distribution_is_missing(), "REQUIRE_DISTRIBUTION")


def run(directory: Path, **settings: Any) -> Results:
    """Create a registry, run the program, and remove the registry."""
    directory.mkdir()
    factory = live.Factory(directory, TrialRegistry)
    try:
        return run_conformance(factory(**settings).up(), directory)
    finally:
        factory.remove()


@pytest.fixture(scope="module")
def distribution() -> Iterator[str]:
    with distribution_image() as image:
        yield image


@pytest.fixture(scope="module")
def results(
    _tools: None, distribution: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Results]:
    directory = tmp_path_factory.mktemp("conformance")
    official = {**flavors.DISTRIBUTION, "image": distribution}
    servers: dict[str, dict[str, Any]] = {
        ZOT: {**flavors.ZOT, "image": zot_image()},
        DISTRIBUTION: official,
        OPENED: {**official, **OPEN},
        DEVELOPMENT: flavors.DISTRIBUTION,
    }
    return {
        server: run(directory / str(number), **settings)
        for number, (server, settings) in enumerate(servers.items())
    }


def versions() -> dict[str, str]:
    """Return the version of each server."""
    zot = subprocess.run(
        [find_program("zot") or "", "--version"], capture_output=True, text=True, check=False
    )
    found = re.search(r"v(\d+\.\d+\.\d+)", zot.stdout + zot.stderr)
    program = subprocess.check_output([PROGRAM, "--version"], text=True)
    return {
        ZOT: found[1] if found else "",
        DISTRIBUTION: program.split()[-1].strip("v").partition("+")[0],
    }


def test_conformance(results: dict[str, Results]) -> None:
    assert results[ZOT].failed == ()
    assert results[ZOT].passed > 600
    unexplained = [
        f"{server}: {name}"
        for server, found in results.items()
        for name in found.failed
        if cause_of(server, name) is None
    ]
    assert unexplained == []
    for cause in CAUSES:
        for server in cause.servers:
            assert any(cause_of(server, name) is cause for name in results[server].failed), (
                f"{server} can do it: {cause.title}"
            )
    of_opened = {cause_of(OPENED, name) for name in results[OPENED].failed}
    assert all(cause and cause.is_server for cause in of_opened), "no setting helps"
    text = render(results, versions())
    if os.environ.get("RENEW") == "1":
        PAGE.write_text(text)
    assert PAGE.read_text() == text, "run this test with RENEW=1"


def test_zot_without_tls(tmp_path: Path) -> None:
    found = run(tmp_path / "http", **flavors.ZOT, image=zot_image(), tls={"mode": "off"})
    assert found.failed == ()
