"""The conformance program of the OCI distribution specification, and its results."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import yaml

from tests.support.docker import skip_or_fail
from tests.support.processes import find_program

SUITE = "OCI Conformance Test/"


def require_conformance() -> None:
    """Skip the test without the program, or fail it if `REQUIRE_CONFORMANCE` is set."""
    found = find_program("conformance")
    reason = None if found else "the conformance program not found; `make tools` builds it with Go"
    skip_or_fail(reason, "REQUIRE_CONFORMANCE")


@dataclass(frozen=True)
class Results:
    """What a server has passed."""

    tests: int
    failed: tuple[str, ...]
    """Names of failed tests."""
    skipped: int
    categories: dict[str, str]
    """Result by category: a part of the API, or a kind of content."""

    @property
    def passed(self) -> int:
        return self.tests - len(self.failed) - self.skipped


def run_conformance(outputs: dict[str, Any], directory: Path) -> Results:
    """Run the program as `admin` against a registry, and verify its certificate."""
    program = find_program("conformance")
    assert program
    endpoint = urlsplit(outputs["endpoint"])
    environment = {
        "PATH": os.environ["PATH"],
        "OCI_VERSION": "1.1",
        "OCI_REGISTRY": endpoint.netloc,
        "OCI_TLS": "enabled" if endpoint.scheme == "https" else "disabled",
        "OCI_REPO1": "conformance/repo1",
        "OCI_REPO2": "conformance/repo2",
        "OCI_USERNAME": "admin",
        "OCI_PASSWORD": outputs["users"]["admin"],
        "OCI_RESULTS_DIR": str(directory),
    }
    if endpoint.scheme == "https":
        ca = directory / "ca.crt"
        ca.write_text(outputs["caCertificate"])
        environment["SSL_CERT_FILE"] = str(ca)
    ended = subprocess.run(
        [program], cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    junit = directory / "junit.xml"
    assert junit.is_file(), ended.stdout + ended.stderr
    return read_results(junit, directory / "results.yaml")


def read_results(junit: Path, summary: Path) -> Results:
    """Read the files that the program writes."""
    cases = list(ElementTree.parse(junit).iter("testcase"))
    read = yaml.safe_load(summary.read_text())
    return Results(
        tests=len(cases),
        failed=tuple(
            (case.get("name") or "").removeprefix(SUITE)
            for case in cases
            if case.get("status") in ("failure", "error")
        ),
        skipped=sum(case.get("status") == "skipped" for case in cases),
        categories={**read["apis"], **read["data"]},
    )
