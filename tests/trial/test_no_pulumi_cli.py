"""Without the Pulumi CLI, `make up` starts a trial, and other commands report what is missing."""

from __future__ import annotations

import os
import re
import socket
import tempfile
import time
from pathlib import Path

import pytest

from cli.pulumi.install import CONNECT_SECONDS
from tests.support import live
from tests.support.docker import container_names, skip_or_fail
from tests.support.engine import engine_is_missing
from tests.support.registry import Client
from tests.support.trial import TrialRegistry
from tests.trial.conftest import Factory

UNREACHABLE = "http://127.0.0.1:1"


def without_pulumi_cli(registry: TrialRegistry, tmp_path: Path) -> TrialRegistry:
    """Hide `pulumi` from PATH and make its download site unreachable."""
    path = [
        _hide_pulumi(Path(directory), tmp_path)
        for directory in os.environ["PATH"].split(os.pathsep)
        if directory
    ]
    proxy = {"https_proxy": UNREACHABLE, "no_proxy": ""}
    registry.environment |= {
        "PATH": os.pathsep.join(map(str, path)),
        "PULUMI_HOME": str(tmp_path / "no-pulumi"),
        **proxy,
    }
    return registry


def _hide_pulumi(directory: Path, tmp_path: Path) -> Path:
    """Return the directory, or a copy of it without Pulumi."""
    if not (directory / "pulumi").exists():
        return directory
    rest = Path(tempfile.mkdtemp(dir=tmp_path))
    for program in directory.iterdir():
        if not program.name.startswith("pulumi"):
            (rest / program.name).symlink_to(program)
    return rest


def test_up_starts_trial(new_registry: Factory, tmp_path: Path) -> None:
    registry = without_pulumi_cli(new_registry(), tmp_path)
    checked = registry.make("up")
    assert checked.returncode == 2
    assert "is checked against the policies, which requires the CLI. No changes" in checked.stderr
    assert container_names(registry.stack_name) == set()
    up = registry.make("up", "POLICY=0")
    assert up.returncode == 0, up.stderr
    assert "The Pulumi CLI is not installed and could not be downloaded (" in up.stderr
    assert (
        "Continuing with a trial: the same program, applied to Docker without Pulumi. "
        "Nothing is recorded.\n"
    ) in up.stderr
    assert "The registry is up and verified. This is a trial: it has no state" in up.stderr
    assert f"Then run `make try-down STACK={registry.stack_name}` and " in up.stderr
    assert not (registry.directory / ".state").exists(), "a trial has no state"
    assert "[secret]" in up.stdout
    assert (
        Client(f"https://localhost:{registry.port}", registry.run("ca").stdout).status("/health")
        == 200
    )
    registry.down()
    registry.expect_untouched()


PROBLEM = (
    "x The Pulumi CLI is not installed and could not be downloaded (get.pulumi.com: "
    "Connection refused). Check `https_proxy`. On a machine without a connection, see "
    "docs/how-to/air-gap.md. Otherwise, install the CLI (https://www.pulumi.com/docs/install/), "
    "then run this command again. "
)


@pytest.mark.parametrize("command", ["preview", "down", "outputs"])
def test_other_commands_require_cli(new_registry: Factory, tmp_path: Path, command: str) -> None:
    registry = without_pulumi_cli(new_registry(), tmp_path)
    done = registry.run_cli(command)
    assert (done.returncode, done.stdout) == (1, "")
    offer = f"To try the registry without Pulumi, run `make try STACK={registry.stack_name}`."
    assert done.stderr.endswith(f"{PROBLEM}{offer}\n")


def test_other_commands_name_running_trial(new_registry: Factory, tmp_path: Path) -> None:
    registry = without_pulumi_cli(new_registry(), tmp_path)
    registry.up()
    name = registry.stack_name
    notice = (
        f"A trial of stack {name} is running. `make try-down STACK={name}` removes it and its "
        f"packs; `make --silent try-ca STACK={name}` prints its CA certificate."
    )
    for command in ("down", "status", "packs", "preview"):
        done = registry.run_cli(command)
        assert (done.returncode, done.stdout) == (1, ""), command
        assert done.stderr.endswith(f"{PROBLEM}{notice}\n"), command
    said = registry.run_cli("outputs").stderr
    assert said.endswith(
        f"{PROBLEM}{notice} `make try DETACH=1 SECRETS=1 STACK={name}` creates it again with new "
        "passwords, and shows them.\n"
    )
    expect_commands_work(registry, said)
    registry.expect_untouched()


def expect_commands_work(registry: TrialRegistry, said: str) -> None:
    """Run the commands that a message names: the removal last, the others in their order."""
    named = re.findall(r"`(make [^`]+)`", said)
    assert len(named) == 3, said
    for command in sorted(named, key=lambda text: "try-down" in text):
        done = registry.run_shell(command)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        if "try-ca" in command:
            client = Client(f"https://localhost:{registry.port}", done.stdout)
            assert client.status("/health") == 200, "only the certificate is printed"


def test_second_up_names_replacement(new_registry: Factory, tmp_path: Path) -> None:
    registry = without_pulumi_cli(new_registry(), tmp_path)
    registry.make("up", "POLICY=0")
    old = registry.run("ca").stdout
    up = registry.make("up", "POLICY=0")
    assert up.returncode == 0, up.stderr
    fetch = re.search(r"Fetch its CA certificate again: `([^`]+)`", up.stderr)
    assert fetch, up.stderr
    assert registry.run_shell(fetch[1]).returncode == 0
    new = (registry.directory / "ca.crt").read_text()
    assert new != old
    assert Client(f"https://localhost:{registry.port}", new).status("/health") == 200
    again = re.search(r"run `(make try DETACH=1 [^`]+)`. This replaces its certificate", up.stderr)
    assert again, up.stderr
    assert "curl -fsSL" not in up.stderr, "it would fail, too"


def test_silent_download_site_times_out(new_registry: Factory, tmp_path: Path) -> None:
    registry = without_pulumi_cli(new_registry(), tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        registry.environment |= {"https_proxy": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        began = time.monotonic()
        done = registry.run_cli("preview")
    assert done.returncode == 1
    assert "could not be downloaded (" in done.stderr
    assert "timed out" in done.stderr, "the installation's own limit is longer"
    assert time.monotonic() - began < 2 * CONNECT_SECONDS + 5


def test_up_with_cli_keeps_existing_trial(new_registry: live.Factory[TrialRegistry]) -> None:
    skip_or_fail(engine_is_missing(), "REQUIRE_ENGINE")
    registry = new_registry()
    registry.up()
    registry.environment["PULUMI_HOME"] = str(registry.directory / ".pulumi")
    registry.environment["PATH"] = f"{Path.home() / '.pulumi/bin'}{os.pathsep}{os.environ['PATH']}"
    down = registry.run_cli("down")
    assert down.returncode == 0, down.stderr
    assert down.stderr.endswith(
        f"> The registry of stack {registry.stack_name} is not up. Nothing was removed. A trial of "
        f"stack {registry.stack_name} is running. `make try-down STACK={registry.stack_name}` "
        "removes it and its packs; "
        f"`make --silent try-ca STACK={registry.stack_name}` prints its CA certificate.\n"
    )
    up = registry.run_cli("up")
    assert up.returncode == 1
    assert (
        f"A trial of stack {registry.stack_name} exists (the containers {registry.stack_name}, "
        in up.stderr
    )
    assert (
        f"`make try-down STACK={registry.stack_name}`, "
        f"then run `make up STACK={registry.stack_name}` again." in up.stderr
    )
    assert container_names(registry.stack_name) == set(), (
        "its volume would be taken over, and removed with the trial"
    )
