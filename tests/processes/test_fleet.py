"""Several stacks in one command: order, parallelism, failures, Ctrl-C, and what is printed.

A fake command replaces the command of each stack.
"""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import Result

from cli import fleet, interrupts
from cli.console import CommandError
from cli.paths import ROOT
from components.settings import Target
from tests.cli.commands.fakes import run

FAKE = """
import json, os, pathlib, signal, sys, time
directory, command, stack = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[4]
def stop(*_):
    (directory / f"{stack}.interrupts").open("a").write("x")
    print("cancelling", flush=True)
    sys.exit(130)
signal.signal(signal.SIGINT, stop)
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
behavior = json.loads((directory / "behavior.json").read_text()).get(stack, {})
began = time.monotonic()
(directory / f"{stack}.started").touch()
time.sleep(behavior.get("seconds", 0.2))
print(behavior.get("output", f"endpoint      https://{stack}.example.com"), flush=True)
record = {"stack": stack, "began": began, "ended": time.monotonic(), "arguments": sys.argv[2:]}
with (directory / "records").open("a") as file:
    file.write(json.dumps(record) + "\\n")
sys.exit(behavior.get("code", 0))
"""


class FakeFleet:
    """A fleet whose stacks run a fake command."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        (directory / "fake.py").write_text(FAKE)
        self.behave()

    @property
    def program(self) -> tuple[str, ...]:
        return (sys.executable, str(self.directory / "fake.py"), str(self.directory))

    def behave(self, **behavior: dict[str, object]) -> None:
        """Set the seconds, the output and the exit code of stacks."""
        (self.directory / "behavior.json").write_text(json.dumps(behavior))

    @property
    def records(self) -> list[dict[str, object]]:
        """The finished runs, in the order of their ends."""
        file = self.directory / "records"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def started(self) -> set[str]:
        return {path.stem for path in self.directory.glob("*.started")}

    def most_at_once(self) -> int:
        """The largest number of runs at the same time."""
        moments = [(float(str(one["began"])), 1) for one in self.records]
        moments += [(float(str(one["ended"])), -1) for one in self.records]
        count = most = 0
        for _, change in sorted(moments):
            count += change
            most = max(most, count)
        return most


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeFleet:
    made = FakeFleet(tmp_path)
    monkeypatch.setattr(fleet, "PROGRAM", made.program)
    monkeypatch.setattr(fleet, "LOGS", tmp_path / "logs")
    monkeypatch.setattr(fleet, "ROOT", tmp_path)
    monkeypatch.setattr(fleet, "check_settings", lambda _: None)
    monkeypatch.setattr(fleet, "policy_arguments", lambda _stack, _policy: [])
    monkeypatch.setattr(fleet, "require_pulumi", lambda: None)
    monkeypatch.setattr(fleet, "operational_settings", lambda _: SimpleNamespace(target="docker"))
    return made


def rows(result: Result) -> dict[str, list[str]]:
    """The table on standard output: the stack, and the other columns."""
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["STACK", "RESULT", "SECONDS", "ENDPOINT", "OR", "REASON"]
    return {line.split()[0]: re.split(r" {2,}", line)[1:] for line in lines[1:]}


def test_first_stack_runs_alone(fake: FakeFleet) -> None:
    result = run("up", "--stack", "c,b,a,d,e", "--jobs", "2")
    assert result.exit_code == 0, result.stderr
    first, *others = fake.records
    assert first["stack"] == "c", "the order of the command"
    assert all(float(str(one["began"])) >= float(str(first["ended"])) for one in others)
    assert fake.most_at_once() == 2
    assert list(rows(result)) == ["c", "b", "a", "d", "e"], "one row for each"
    result_of_a = rows(result)["a"]
    assert (result_of_a[0], result_of_a[2]) == ("done", "https://a.example.com")
    assert 0.1 < float(result_of_a[1]) < 30, "seconds"


def test_arguments_reach_every_stack(fake: FakeFleet) -> None:
    run("up", "--stack", "a,b", "--no-policy")
    run("up", "--stack", "a,b", "--policy")
    run("up", "--stack", "a,b")
    assert [one["arguments"] for one in fake.records if one["stack"] == "b"] == [
        ["up", "--stack", "b", "--no-policy"],
        ["up", "--stack", "b", "--policy"],
        ["up", "--stack", "b"],
    ]


def test_jobs_come_from_environment(fake: FakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBS", "1")
    monkeypatch.setenv("STACK", "a,b,c")
    assert run("up").exit_code == 0
    assert fake.most_at_once() == 1


@pytest.mark.parametrize("jobs", ["0", "", "two", "-1", "65", "1.5", "1000"])
def test_invalid_jobs(fake: FakeFleet, jobs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBS", jobs)
    result = run("up", "--stack", "a,b")
    expected = (
        f'x JOBS: invalid value "{jobs}". Must be a number from 1 to 64 (for example, JOBS=4).\n'
    )
    assert (result.exit_code, result.stderr) == (1, expected)
    assert fake.started == set()


def test_failing_first_stack_stops_everything(fake: FakeFleet) -> None:
    fake.behave(a={"code": 1, "output": "error: port 443 is in use\nx Update of stack a failed."})
    result = run("up", "--stack", "a,b,c")
    assert result.exit_code == 1
    assert fake.started == {"a"}
    found = rows(result)
    assert (found["a"][0], found["a"][2]) == ("failed", "port 443 is in use")
    assert (found["b"], found["c"]) == (["not started", "0.0"], ["not started", "0.0"])
    assert "a | error: port 443 is in use\na | x Update of stack a failed.\n" in result.stderr
    assert result.stderr.endswith(
        "x `make up` failed for 1 of 3 stacks (a). Fix the errors above and run "
        "`make up STACK=a,b,c` again. The output of each stack is in logs/up-STACK.log.\n"
    )


def test_failure_lets_running_stacks_end(fake: FakeFleet) -> None:
    fake.behave(
        c={"code": 255, "output": "x Docker does not respond."},
        b={"seconds": 1.5},
        d={"seconds": 0.2},
    )
    result = run("up", "--stack", "a,b,c,d,e", "--jobs", "2")
    assert result.exit_code == 1, "not the exit code of a stack"
    assert fake.started == {"a", "b", "c"}
    found = rows(result)
    assert {stack: row[0] for stack, row in found.items()} == {
        "a": "done",
        "b": "done",
        "c": "failed",
        "d": "not started",
        "e": "not started",
    }
    assert found["c"][2] == "Docker does not respond."
    assert "`make up STACK=c,d,e` again" in result.stderr, "not the stacks that are done"
    assert "b | " not in result.stderr, "the output of a stack that did not fail"


def test_preview_continues_after_failure(fake: FakeFleet) -> None:
    fake.behave(a={"code": 1, "output": "error: no"}, b={"output": "+ 3 to create"})
    result = run("preview", "--stack", "a,b,c")
    assert result.exit_code == 1
    assert fake.started == {"a", "b", "c"}
    assert "b | + 3 to create\n" in result.stdout, "what a preview is for"
    assert "`make preview STACK=a` again" in result.stderr


def test_output_without_error_has_a_reason(fake: FakeFleet) -> None:
    fake.behave(a={"code": 1, "output": "killed"}, b={"code": 1, "output": "error: " + "y" * 500})
    found = rows(run("preview", "--stack", "a,b"))
    assert found["a"][2] == "the command printed no error"
    assert found["b"][2] == "y" * 120 + "..."


def test_invalid_settings_of_all_stacks(
    fake: FakeFleet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(fleet, "PROGRAM", fake.program)
    monkeypatch.setattr("cli.stack_file.ROOT", tmp_path)
    settings = {"a": "port: 99999", "b": "port: 8443", "c": "hostnam: x\n  pack-registry:port: -1"}
    for stack, setting in settings.items():
        text = f"config:\n  pack-registry:hostname: localhost\n  pack-registry:{setting}\n"
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(text)
    result = run("up", "--stack", "a,b,c,missing")
    assert result.exit_code == 1
    assert "invalid setting in stack a" in result.stderr
    assert "port: invalid value 99999" in result.stderr
    assert "Found 2 invalid settings in stack c" in result.stderr
    assert "Pulumi.missing.yaml does not exist" in result.stderr
    assert "stack b" not in result.stderr
    assert (fake.started, result.stdout) == (set(), "")


def test_all_stacks(fake: FakeFleet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("cli.stack_file.ROOT", tmp_path)
    result = run("up", "--stack", "all")
    assert "there is no stack" in result.stderr
    for stack in ("berlin", "dev", "a.b", "example"):
        (tmp_path / f"Pulumi.{stack}.yaml").touch()
    result = run("up", "--stack", "all")
    assert list(rows(result)) == ["dev", "a.b", "berlin"], "dev is the first one"
    assert fake.records[0]["stack"] == "dev"


@pytest.mark.parametrize("names", ["a,,b", ",", "a,", "a,../b", "a b,c", "a;b,c"])
def test_invalid_name(fake: FakeFleet, names: str) -> None:
    result = run("up", "--stack", names)
    assert (result.exit_code, "STACK: invalid stack name." in result.stderr) == (1, True)
    assert fake.started == set()


def test_repeated_name_runs_once(fake: FakeFleet) -> None:
    run("up", "--stack", "a, b,a")
    assert [one["stack"] for one in fake.records] == ["a", "b"]


@pytest.mark.parametrize("command", ["down", "outputs", "register", "try-up"])
def test_other_commands_accept_one_stack(fake: FakeFleet, command: str) -> None:
    result = run(command, "--stack", "a,b")
    assert "only `make up`, `make preview` and `make status` accept" in result.stderr
    assert result.exit_code == 1


def test_logs_are_private(fake: FakeFleet) -> None:
    log = fleet.LOGS / "up-a.log"
    fleet.LOGS.mkdir()
    log.write_text("output of the run before this one")
    run("up", "--stack", "a,b")
    assert log.read_text() == "endpoint      https://a.example.com\n"
    assert stat.S_IMODE((fleet.LOGS / "up-b.log").stat().st_mode) == 0o600


def test_missing_cli_starts_nothing(fake: FakeFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise CommandError("The Pulumi CLI is not installed.")

    monkeypatch.setattr(fleet, "require_pulumi", missing)
    result = run("up", "--stack", "a,b")
    assert (result.exit_code, fake.started) == (1, set())


@pytest.mark.parametrize(("targets", "installations"), [("dd", 0), ("dk", 1), ("kk", 1)])
def test_packages_are_installed_once_before(
    fake: FakeFleet, monkeypatch: pytest.MonkeyPatch, targets: str, installations: int
) -> None:
    found = dict(zip("ab", targets, strict=True))
    names = {"d": Target.DOCKER, "k": Target.KUBERNETES}
    made: list[set[str]] = []
    monkeypatch.setattr(
        fleet, "operational_settings", lambda stack: SimpleNamespace(target=names[found[stack]])
    )
    monkeypatch.setattr(fleet, "ensure_packages", lambda: made.append(fake.started))
    assert run("up", "--stack", "a,b").exit_code == 0
    assert made == [set()] * installations, "before any stack starts"


FLEET = """
import sys
from pathlib import Path
from cli import fleet, interrupts
interrupts.exit_on_interrupt()
from cli.lazy_group import LazyGroup
directory = Path(sys.argv[1])
fleet.PROGRAM = (sys.executable, str(directory / "fake.py"), str(directory))
fleet.LOGS, fleet.ROOT = directory / "logs", directory
fleet.check_settings = fleet.policy_arguments = lambda *_: []
fleet._install_shared = lambda _: None
from cli.__main__ import cli
try:
    cli(["up", "--stack", "a,b,c,d", "--jobs", "2"])
except SystemExit as end:
    interrupts.leave(end.code)
"""


def interrupted(fake: FakeFleet, running: set[str], *, group: bool) -> subprocess.Popen[str]:
    """A fleet that gets Ctrl-C as soon as some stacks run."""
    process = subprocess.Popen(
        ["env", "--default-signal=INT", sys.executable, "-c", FLEET, str(fake.directory)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    end = time.monotonic() + 30
    while not running <= fake.started:
        assert time.monotonic() < end, process.communicate()
        time.sleep(0.02)
    time.sleep(0.2)  # the fake command has set its handler
    (os.killpg if group else os.kill)(process.pid, signal.SIGINT)
    return process


@pytest.mark.parametrize("group", [True, False], ids=["terminal", "one process"])
def test_ctrl_c_stops_running_stacks(fake: FakeFleet, group: bool) -> None:
    fake.behave(b={"seconds": 60}, c={"seconds": 60})
    process = interrupted(fake, {"b", "c"}, group=group)
    shown, errors = process.communicate(timeout=30)
    assert process.returncode == interrupts.EXIT_CODE, errors
    assert errors.endswith(f"x {interrupts.MESSAGE}\n")
    assert "Traceback" not in errors
    results = [re.split(r" {2,}", line)[:2] for line in shown.splitlines()[1:]]
    assert results == [["a", "done"], ["b", "stopped"], ["c", "stopped"], ["d", "not started"]]
    for stack in ("b", "c"):
        assert (fake.directory / f"{stack}.interrupts").read_text() == "x", "once, not twice"
    assert fake.started == {"a", "b", "c"}


def test_ctrl_c_during_first_stack(fake: FakeFleet) -> None:
    fake.behave(a={"seconds": 60})
    process = interrupted(fake, {"a"}, group=True)
    process.communicate(timeout=30)
    assert (process.returncode, fake.started) == (interrupts.EXIT_CODE, {"a"})
