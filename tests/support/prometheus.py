"""Prometheus and promtool, as Debian packages them."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml

from tests.support.docker import free_port, skip_or_fail
from tests.support.processes import background_process, find_program, is_listening


def prometheus_is_missing() -> str | None:
    """Say why tests with Prometheus can't run; None if they can."""
    missing = [name for name in ("prometheus", "promtool") if not find_program(name)]
    if not missing:
        return None
    return f"{' and '.join(missing)} not on PATH (Debian's package prometheus)"


def require_prometheus() -> None:
    """Skip the test without Prometheus, or fail it if `REQUIRE_PROMETHEUS` is set."""
    skip_or_fail(prometheus_is_missing(), "REQUIRE_PROMETHEUS")


def promtool(*arguments: str | Path) -> str:
    """Run promtool, which must succeed, and return its output."""
    program = find_program("promtool")
    assert program
    done = subprocess.run(
        [program, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def main_configuration(directory: Path, interval: str = "15s") -> Path:
    """Write the configuration that reads the files of `make monitoring`, and return its path.

    Debian's Prometheus has no `scrape_config_files`, so the jobs are copied.
    """
    jobs = [
        job
        for file in sorted(directory.glob("*.scrape.yml"))
        for job in yaml.safe_load(file.read_text())["scrape_configs"]
    ]
    content = {
        "global": {"scrape_interval": interval, "evaluation_interval": interval},
        "rule_files": ["*.rules.yml"],
        "scrape_configs": jobs,
    }
    path = directory / "prometheus.yml"
    path.write_text(yaml.safe_dump(content))
    return path


@dataclass(frozen=True)
class Prometheus:
    """A running Prometheus."""

    port: int

    def get(self, path: str, **parameters: str) -> Any:
        """Return the data of an answer of its API."""
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}"
        return requests.get(url, params=parameters, timeout=10).json()["data"]

    def firing(self) -> set[str]:
        """Return the names of alerts that fire."""
        alerts = self.get("alerts")["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def targets(self) -> dict[str, str]:
        """Return the health of the targets by job."""
        active = self.get("targets")["activeTargets"]
        return {target["labels"]["job"]: target["health"] for target in active}

    def value(self, expression: str) -> float | None:
        """Return the value of an expression with one series; None if there is none."""
        result = self.get("query", query=expression)["result"]
        return float(result[0]["value"][1]) if result else None


@contextlib.contextmanager
def running_prometheus(configuration: Path, data: Path) -> Iterator[Prometheus]:
    """Run Prometheus until the end of the test."""
    port, program = free_port(), find_program("prometheus")
    assert program
    command = [
        program,
        f"--config.file={configuration}",
        f"--storage.tsdb.path={data}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    # It listens before it answers.
    ready = f"http://127.0.0.1:{port}/-/ready"
    is_ready = lambda: is_listening(port) and requests.get(ready, timeout=10).ok  # noqa: E731
    with background_process(command, is_ready, data.with_suffix(".log")):
        yield Prometheus(port)
