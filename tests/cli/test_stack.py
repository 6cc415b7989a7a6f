"""A stack's life: which there are, how it is created, and what an interrupted update left behind."""

from __future__ import annotations

import gzip
import json
import os
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from cli import pulumi_cli, stack
from cli.console import CommandError
from cli.paths import PALETTE
from cli.stack import ensure_stack, is_in_files, outputs, written_config
from tests.support.commands import FakePulumi

EXPORT = "stack export"
HERE = socket.gethostname()
LIVE, DEAD = 4242, 4343


@pytest.fixture(autouse=True)
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    heard: list[str] = []
    monkeypatch.setattr(stack, "say", heard.append)
    return heard


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(stack, "ROOT", tmp_path)
    for name in ("dev", "prod"):
        (tmp_path / f"Pulumi.{name}.yaml").write_text(
            f"config:\n  pack-registry:hostname: {name}.example.com\n  docker:host: ssh://x\n"
        )
    return tmp_path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pulumi's own directory, in which nobody is logged in anywhere."""
    directory = tmp_path / "home"
    directory.mkdir()
    monkeypatch.setattr(pulumi_cli, "PULUMI_HOME", directory)
    return directory


def stopped(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(CommandError) as raised:
        call(*arguments, **named)
    return raised.value.message


def test_a_stacks_config_is_read_without_the_projects_namespace(root: Path) -> None:
    assert written_config("dev") == {"hostname": "dev.example.com", "docker:host": "ssh://x"}, (
        "keys as the settings have them"
    )


@pytest.mark.parametrize("text", ["", "config:\n", "encryptionsalt: v1:x\n"])
def test_a_stack_without_config_has_none(root: Path, text: str) -> None:
    (root / "Pulumi.dev.yaml").write_text(text)
    assert written_config("dev") == {}, "the program itself tells what is missing"


def test_an_unknown_stack_is_told_with_those_that_there_are(root: Path) -> None:
    assert stopped(written_config, "staging") == (
        "STACK: there is no Pulumi.staging.yaml; allowed are the stacks that have such a file (dev, prod), "
        "or copy Pulumi.prod.yaml to Pulumi.staging.yaml and edit it."
    ), "a mistyped name must not make a new stack"


@pytest.mark.parametrize("name", ["../x", "a/b", "my stack", "", "prod*", "größe"])
def test_what_is_no_stacks_name_is_told(root: Path, name: str) -> None:
    told = stopped(written_config, name)
    assert (
        told
        == "STACK: that is no stack's name; allowed are letters, digits, dashes, underscores and dots, for example STACK=prod."
    )


def test_a_fault_of_a_stack_file_is_told_with_its_place(root: Path) -> None:
    (root / "Pulumi.dev.yaml").write_text("config:\n  a: [1\n")
    told = stopped(written_config, "dev")
    assert 'in "Pulumi.dev.yaml", line 3, column 1' in told
    assert "unicode string" not in told


BROKEN = [
    "config: [",
    "- a\n- b\n",
    "config:\n  - a\n",
    "config: text\n",
    "just a text",
    "config:\n  pack-registry:rotation: 2027-02-30\n",
]


@pytest.mark.parametrize(
    "text", [*(text.encode() for text in BROKEN), "config: {a: ü}\n".encode("latin-1")]
)
def test_a_stack_file_that_is_broken_is_told_in_a_sentence(root: Path, text: bytes) -> None:
    (root / "Pulumi.dev.yaml").write_bytes(text)
    told = stopped(written_config, "dev")
    assert told.startswith("Pulumi.dev.yaml is no valid "), "which file"
    assert "\n" not in told, "one sentence"


def test_a_stack_file_that_is_a_directory_is_told_in_a_sentence(root: Path) -> None:
    (root / "Pulumi.edge.yaml").mkdir()
    assert (
        stopped(written_config, "edge")
        == "Pulumi.edge.yaml can't be read (Is a directory); allowed is a file that this user may read."
    )


def test_a_stack_that_is_there_is_left_as_it_is(said: list[str]) -> None:
    pulumi = FakePulumi({EXPORT: (0, '{"version": 3}', "")})
    ensure_stack(pulumi, "dev")
    assert pulumi.asked == ["stack export --stack dev"], "it is asked for and no more"
    assert said == [], "there is nothing to say"


def test_a_new_stack_is_created(said: list[str]) -> None:
    pulumi = FakePulumi({EXPORT: (255, "", "error: no stack named 'dev' found")})
    ensure_stack(pulumi, "dev")
    assert pulumi.asked[-1] == "stack init dev --no-select", (
        "the stack that is selected is the user's choice"
    )
    assert said == ["Created the stack dev"], "said out loud"


def test_what_is_to_be_seen_to_where_nothing_is_recorded_comes_before_a_stack_is_made() -> None:
    def stop() -> None:
        raise CommandError("another's runs")

    nothing = [
        (255, "", "error: no stack named 'dev' found"),
        (0, '{"deployment": {"resources": []}}', ""),
        (0, '{"deployment": null}', ""),
    ]
    for answer in nothing:
        pulumi = FakePulumi({EXPORT: answer})
        assert stopped(ensure_stack, pulumi, "dev", stop) == "another's runs"
        assert pulumi.asked == ["stack export --stack dev"], "nothing is made"
    for deployment in ('{"resources": [{}]}', '{"pending_operations": [{}]}'):
        ensure_stack(FakePulumi({EXPORT: (0, f'{{"deployment": {deployment}}}', "")}), "dev", stop)


@pytest.mark.parametrize("name", ["dev.json", "dev.json.gz"])
def test_the_files_here_have_a_record_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(stack, "STATE", tmp_path)
    file = tmp_path / ".pulumi" / "stacks" / "pack-registry" / name
    file.parent.mkdir(parents=True)
    assert not is_in_files(FakePulumi(), "dev"), "there is no file"
    for latest, there in (
        ("null", False),
        ('{"manifest": {}}', False),
        ('{"resources": []}', False),
        ('{"resources": [{}]}', True),
    ):
        text = f'{{"version": 3, "checkpoint": {{"stack": "dev", "latest": {latest}}}}}'.encode()
        file.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
        assert is_in_files(FakePulumi(), "dev") is there, latest
    assert not is_in_files(FakePulumi(), "prod"), "another stack's"
    assert not is_in_files(FakePulumi(project=PALETTE), "dev"), "another project's"
    file.write_bytes(b"\x1f\x8b no record")
    assert not is_in_files(FakePulumi(), "dev"), "Pulumi says itself what is wrong with it"


def test_what_pulumi_refuses_is_told_in_its_own_words() -> None:
    pulumi = FakePulumi({EXPORT: (255, "", "error: incorrect passphrase\n")})
    assert stopped(ensure_stack, pulumi, "dev") == "error: incorrect passphrase", "it knows best"
    assert not [asked for asked in pulumi.asked if "init" in asked], (
        "a stack that can't be read must not be made anew"
    )
    denied = FakePulumi(
        {EXPORT: (255, "", "no stack named x"), "stack init": (255, "", "error: not permitted\n")}
    )
    assert stopped(ensure_stack, denied, "dev") == "error: not permitted", "it knows best"


def test_operations_that_an_interrupted_update_left_are_cleared(said: list[str]) -> None:
    pulumi = FakePulumi(
        {EXPORT: (0, json.dumps({"deployment": {"pending_operations": [{}, {}]}}), "")}
    )
    ensure_stack(pulumi, "dev")
    assert (
        pulumi.asked[-1]
        == "refresh --stack dev --yes --skip-preview --clear-pending-creates --skip-config-validation"
    ), "Pulumi refuses otherwise"
    assert said == [
        "An update was interrupted (2 operations under way); bringing the state in line with the Docker host"
    ], "said out loud"
    broken = FakePulumi({EXPORT: pulumi.answers[EXPORT], "refresh": (255, "", "")})
    assert (
        stopped(ensure_stack, broken, "dev")
        == "The state of dev could not be refreshed, for the reason above; mend it and run this again."
    )


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> dict[int, tuple[str, str]]:
    """Name and status by process id; all others have ended."""
    known = {LIVE: ("pulumi", psutil.STATUS_SLEEPING)}

    def process(pid: int) -> Any:
        if pid < 0:
            raise ValueError("pid must be a positive integer")
        if pid not in known:
            raise psutil.NoSuchProcess(pid)
        if known[pid][0] == "denied":
            raise psutil.AccessDenied(pid)
        return SimpleNamespace(
            name=lambda: known[pid][0],
            status=lambda: known[pid][1],
            cmdline=lambda: [known[pid][0]],
        )

    monkeypatch.setattr(psutil, "Process", process)
    return known


LOCKS = Path("a state", ".pulumi", "locks", "organization", "pack-registry")


def held(tmp_path: Path, name: str = "dev") -> list[str]:
    """The locks that there are on a stack."""
    return sorted({file.name.partition(".")[0] for file in (tmp_path / LOCKS / name).iterdir()})


def locked(tmp_path: Path, *locks: Any, name: str = "dev") -> FakePulumi:
    """A Pulumi whose file backend has some locks on a stack."""
    folder = tmp_path / LOCKS / name
    folder.mkdir(parents=True)
    for number, lock in enumerate(locks):
        (folder / f"{number}.json").write_text(lock if isinstance(lock, str) else json.dumps(lock))
        (folder / f"{number}.json.attrs").write_text(
            "{}"
        )  # what is known of the file, which the backend writes beside it
    return FakePulumi(
        {EXPORT: (0, "{}", "")}, {"PULUMI_BACKEND_URL": (tmp_path / "a state").as_uri()}
    )


def lock(pid: Any, hostname: Any = HERE) -> dict[str, Any]:
    return {
        "pid": pid,
        "username": "root",
        "hostname": hostname,
        "timestamp": "2026-11-23T00:00:00Z",
    }


def busy(process: int, machine: str) -> str:
    return (
        f"Another update of dev is at work (process {process} on {machine}); wait for its end. "
        "If it is certain that it has ended, run `pulumi cancel --stack dev`."
    )


def test_the_lock_of_an_update_that_was_killed_is_released(
    tmp_path: Path, processes: Any, said: list[str]
) -> None:
    pulumi = locked(tmp_path, lock(DEAD))
    ensure_stack(pulumi, "dev")
    assert held(tmp_path) == [], (
        "otherwise every further update fails until somebody does it by hand"
    )
    assert said == [f"Releasing the lock of an interrupted update (process {DEAD} has ended)"], (
        "said out loud"
    )


@pytest.mark.parametrize(
    "program", [("bash", psutil.STATUS_RUNNING), ("pulumi", psutil.STATUS_ZOMBIE)]
)
def test_a_process_that_is_no_pulumi_at_work_holds_no_lock(
    tmp_path: Path, processes: Any, program: tuple[str, str]
) -> None:
    processes[DEAD] = program
    pulumi = locked(tmp_path, lock(DEAD))
    ensure_stack(pulumi, "dev")
    assert held(tmp_path) == [], "numbers of processes are used again"


def test_a_lock_that_another_command_has_taken_meanwhile_is_left_to_it(
    tmp_path: Path, processes: Any, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi = locked(tmp_path, lock(DEAD))

    def meanwhile(told: str) -> None:
        said.append(told)
        (tmp_path / LOCKS / "dev" / "0.json").unlink()  # by the other one, which has seen the same
        (tmp_path / LOCKS / "dev" / "another.json").write_text(json.dumps(lock(LIVE)))

    monkeypatch.setattr(stack, "say", meanwhile)
    ensure_stack(pulumi, "dev")
    assert held(tmp_path) == ["another"], "two updates at once would undo each other"
    assert not [asked for asked in pulumi.asked if "cancel" in asked], (
        "it releases all locks of a stack"
    )


def test_each_project_has_locks_and_words_of_its_own(
    tmp_path: Path, processes: Any, said: list[str]
) -> None:
    of_the_registry = locked(tmp_path, lock(LIVE))
    ensure_stack(FakePulumi({EXPORT: (0, "{}", "")}, of_the_registry.environment, PALETTE), "dev")
    folder = (
        tmp_path
        / "a state"
        / ".pulumi"
        / "locks"
        / "organization"
        / "pack-registry-palette"
        / "dev"
    )
    folder.mkdir(parents=True)
    (folder / "0.json").write_text(json.dumps(lock(LIVE)))
    told = stopped(ensure_stack, FakePulumi({}, of_the_registry.environment, PALETTE), "dev")
    assert told.endswith("run `pulumi cancel --stack dev --cwd palette`."), (
        "a command that works from the root"
    )
    (folder / "0.json").unlink()
    pending = (0, json.dumps({"deployment": {"pending_operations": [{}]}}), "")
    ensure_stack(FakePulumi({EXPORT: pending}, of_the_registry.environment, PALETTE), "dev")
    assert said == [
        "An update was interrupted (1 operations under way); bringing the state in line with Palette"
    ]


def test_the_lock_of_an_update_at_work_is_left_alone(tmp_path: Path, processes: Any) -> None:
    pulumi = locked(tmp_path, lock(LIVE))
    assert stopped(ensure_stack, pulumi, "dev") == busy(LIVE, HERE), (
        "two updates at once would undo each other"
    )
    assert (pulumi.asked, held(tmp_path)) == ([], ["0"]), "nothing was touched"


def test_the_lock_of_another_machine_is_left_alone(tmp_path: Path, processes: Any) -> None:
    pulumi = locked(tmp_path, lock(DEAD, "build-1"))
    assert stopped(ensure_stack, pulumi, "dev") == busy(DEAD, "build-1"), (
        "its processes can't be seen from here"
    )
    assert (pulumi.asked, held(tmp_path)) == ([], ["0"]), "nothing was touched"


def test_a_live_lock_beside_a_dead_one_is_left_alone(tmp_path: Path, processes: Any) -> None:
    pulumi = locked(tmp_path, lock(DEAD), lock(LIVE))
    stopped(ensure_stack, pulumi, "dev")
    reversed_order = locked(tmp_path / "2", lock(LIVE), lock(DEAD))
    stopped(ensure_stack, reversed_order, "dev")
    assert pulumi.asked == reversed_order.asked == [], "nothing was touched"
    assert held(tmp_path) == held(tmp_path / "2") == ["0", "1"]


def test_a_process_that_can_not_be_looked_at_is_taken_for_a_live_one(
    tmp_path: Path, processes: Any
) -> None:
    processes[DEAD] = ("denied", "")
    assert stopped(ensure_stack, locked(tmp_path, lock(DEAD)), "dev") == busy(DEAD, HERE), (
        "to release a live lock is the greater harm"
    )


@pytest.mark.parametrize("broken", ["", "{", "[]", lock("x"), lock(None)])
def test_a_lock_that_can_not_be_read_is_left_to_pulumi(
    tmp_path: Path, processes: Any, broken: Any
) -> None:
    pulumi = locked(tmp_path, broken)
    ensure_stack(pulumi, "dev")
    assert (pulumi.asked, held(tmp_path)) == (["stack export --stack dev"], ["0"]), (
        "Pulumi says what is wrong with it; a traceback helps nobody"
    )


def test_the_lock_of_another_stack_is_nobodys_business(tmp_path: Path, processes: Any) -> None:
    pulumi = locked(tmp_path, lock(DEAD), lock(LIVE), name="prod")
    ensure_stack(pulumi, "dev")
    assert (pulumi.asked, held(tmp_path, "prod")) == (["stack export --stack dev"], ["0", "1"]), (
        "stacks are independent"
    )


@pytest.mark.parametrize("login", ["file://{}/a%20state", "file://~/a%20state"])
def test_a_lock_in_the_files_that_the_user_is_logged_in_to_is_released(
    tmp_path: Path, home: Path, processes: Any, monkeypatch: pytest.MonkeyPatch, login: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (home / "credentials.json").write_text(json.dumps({"current": login.format(tmp_path)}))
    pulumi = FakePulumi({EXPORT: (0, "{}", "")}, {})
    locked(tmp_path, lock(DEAD))
    ensure_stack(pulumi, "dev")
    assert held(tmp_path) == [], "`pulumi login --local` keeps state in files, too"


@pytest.mark.parametrize("url", ["https://api.pulumi.com", "s3://bucket", ""])
def test_locks_of_other_backends_are_left_to_them(home: Path, url: str) -> None:
    (home / "credentials.json").write_text(json.dumps({"current": url}))
    pulumi = FakePulumi()
    ensure_stack(pulumi, "dev")
    assert pulumi.asked == ["stack export --stack dev"], "they release locks by themselves"


def test_a_lock_that_can_not_be_released_is_told(
    tmp_path: Path, processes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    told = stopped(ensure_stack, locked(tmp_path, lock(DEAD)), "dev")
    file = tmp_path / LOCKS / "dev" / "0.json"
    assert (
        told
        == f"The lock of dev could not be released (Permission denied); remove {file} and run this again."
    )


def test_this_very_process_is_seen_for_what_it_is() -> None:
    assert stack._is_running(os.getpid()) is False, "pytest is no pulumi"
    assert stack._is_running(0) is False, "a lock without a process"


def test_outputs_are_asked_for_with_their_secrets_only_on_request() -> None:
    pulumi = FakePulumi({"stack output": (0, '{"endpoint": "https://localhost"}', "")})
    assert outputs(pulumi, "dev", secrets=False) == {"endpoint": "https://localhost"}, (
        "as Pulumi has them"
    )
    outputs(pulumi, "dev", secrets=True)
    assert pulumi.asked == [
        "stack output --stack dev --json",
        "stack output --stack dev --json --show-secrets",
    ], "masked unless asked for"


def test_a_stack_that_was_never_made_has_no_outputs() -> None:
    assert (
        outputs(
            FakePulumi({"stack output": (255, "", "error: no stack named 'dev' found\n")}),
            "dev",
            secrets=False,
        )
        == {}
    )


def test_outputs_that_can_not_be_had_are_told_in_pulumis_words() -> None:
    assert (
        stopped(
            outputs,
            FakePulumi({"stack output": (255, "", "error: no stack\n")}),
            "dev",
            secrets=False,
        )
        == "error: no stack"
    ), "it knows best"
    assert (
        stopped(
            outputs, FakePulumi({"stack output": (255, "said here\n", "")}), "dev", secrets=False
        )
        == "said here"
    ), "wherever it said it"
