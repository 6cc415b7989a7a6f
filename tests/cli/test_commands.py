"""The commands behind the Makefile: what they do in which order, and what they say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result

from cli import __main__ as commands
from cli import policy, pulumi_cli, removal
from cli.console import CommandError
from cli.paths import ROOT
from cli.pulumi.binary import PulumiNotInstalledError
from components.docker.connection import docker
from components.docker.engine import DockerEngine
from components.settings import Settings
from tests.support.commands import FakePulumi
from trial import command as trial_command

OUTPUTS: dict[str, Any] = {
    "endpoint": "https://[fd00::5]:8443",
    "adminPassword": "[secret]",
    "caCertificate": "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n",
    "users": {"admin": "x"},
    "certificateFingerprint": "",
    "dataVolume": "spectro-registry-data",
}

CONTAINER = "docker:index/container:Container"


class FakeApi:
    """Docker's API with what the test puts there; what is done is recorded beside Pulumi's commands."""

    def __init__(self, asked: list[str]) -> None:
        self.asked = asked
        self.held: list[dict[str, Any]] = []

    def add(self, name: str, stack: str = "dev", state: str = "running", volume: str = "") -> None:
        labels = {"pack-registry.project": "pack-registry", "pack-registry.stack": stack}
        self.held.append(
            {
                "Id": f"id of {name}",
                "Names": [f"/{name}"],
                "State": state,
                "Labels": labels,
                "Volume": volume,
            }
        )

    def containers(self, all: bool, filters: dict[str, list[str]]) -> list[dict[str, Any]]:  # noqa: A002 - the library's name
        assert all, "those that do not run count, too"
        if "volume" in filters:
            return [
                container for container in self.held if [container["Volume"]] == filters["volume"]
            ]
        wanted = dict(label.split("=") for label in filters["label"])
        return [
            container for container in self.held if wanted.items() <= container["Labels"].items()
        ]

    def volumes(self, filters: dict[str, list[str]]) -> dict[str, Any]:
        return {"Volumes": None}

    def stop(self, identifier: str) -> None:
        self.asked.append(f"stop {identifier}")

    def remove_container(self, identifier: str, **_: Any) -> None:
        self.asked.append(f"remove container {identifier}")
        self.held = [container for container in self.held if container["Id"] != identifier]


@pytest.fixture
def pulumi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakePulumi:
    """A Pulumi that does all that it is asked; what else is done is recorded beside its commands."""
    fake = FakePulumi(
        {
            "stack output": (0, json.dumps(OUTPUTS), ""),
            "stack export": (0, '{"deployment": {"resources": [{}]}}', ""),
        }
    )

    def settings(stack: str) -> Settings:
        fake.asked.append(f"config of {stack}")
        return Settings.model_validate(
            {
                "hostname": "packs.example.com",
                "dockerHost": "ssh://build",
                "image": "pack-registry-dev:1.0.0",
                "containerName": "packs",
            }
        )

    def ready(_: FakePulumi, stack: str, _if_unrecorded: object = None) -> None:
        fake.asked.append(f"stack {stack}")

    monkeypatch.setattr("cli.stack.STATE", tmp_path)
    monkeypatch.setattr(
        commands, "check_settings", lambda stack: fake.asked.append(f"checked {stack}")
    )
    monkeypatch.setattr(commands, "written_config", lambda _: {})
    monkeypatch.setattr(
        commands,
        "ensure_development_image",
        lambda image, _host: fake.asked.append(f"image {image}"),
    )
    for module in (commands, removal):
        monkeypatch.setattr(module, "needed_settings", settings)
        monkeypatch.setattr(
            module, "ensure_docker", lambda host: fake.asked.append(f"docker at {host.url}")
        )
        monkeypatch.setattr(module, "ensure_pulumi", lambda: fake)
        monkeypatch.setattr(module, "ensure_stack", ready)

    def remove(self: DockerEngine, name: str) -> bool:
        fake.asked.append(f"remove {name} at {self.url}")
        return name != "gone"

    monkeypatch.setattr(DockerEngine, "remove_volume", remove)
    monkeypatch.setattr(
        DockerEngine, "volume_labels", lambda _, name: {"pack-registry.stack": "dev"}
    )
    return fake


@pytest.fixture(autouse=True)
def api(pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    """The Docker of all hosts."""
    fake = FakeApi(pulumi.asked)
    monkeypatch.setattr(DockerEngine, "client", property(lambda _: SimpleNamespace(api=fake)))
    return fake


def run(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(commands.cli, list(arguments), input=answer)


def test_up_prepares_everything_updates_and_prints_the_outputs(pulumi: FakePulumi) -> None:
    result = run("up", "--stack", "prod")
    assert result.exit_code == 0, "it went well"
    needed = [
        "checked prod",
        "config of prod",
        "docker at ssh://build",
        "image pack-registry-dev:1.0.0",
        "stack prod",
    ]
    assert pulumi.asked[:5] == needed, (
        "the settings first: a wrong one may be why Docker can't be reached"
    )
    update = pulumi.asked[5].split()
    assert (update[0], update[1:3]) == ("up", ["--stack", "prod"]), "the stack that was asked for"
    assert {"--yes", "--refresh", "--skip-config-validation"} <= set(update), (
        "the program tells all faults of its settings at once"
    )
    assert "endpoint" in result.stdout, "what came of it"
    assert pulumi.asked[6] == "stack output --stack prod --json", "secrets are masked"


def test_an_update_that_was_not_verified_says_so(
    pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    unverified = Settings.model_validate({"hostname": "packs.example.com", "verify": False})
    monkeypatch.setattr(commands, "needed_settings", lambda _: unverified)
    shown = run("up").stderr
    assert "The registry is up; it was not verified, for verify is false." in shown
    assert "up and verified" not in shown


def unrecorded(_: FakePulumi, _stack: str, if_unrecorded: Callable[[], None]) -> None:
    """What is done with a stack of which nothing is recorded in the backend."""
    if_unrecorded()


@pytest.mark.parametrize("command", ["up", "preview"])
def test_up_beside_a_registry_that_is_recorded_elsewhere_touches_nothing(
    pulumi: FakePulumi, api: FakeApi, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    api.add("packs")
    assert run(command).exit_code == 0, "what is recorded here may run"
    pulumi.asked.clear()
    monkeypatch.setattr(commands, "ensure_stack", unrecorded)
    result = run(command)
    assert result.exit_code == 1, (
        "it would be taken for what an interrupted update left, and removed while it runs"
    )
    assert (
        "A registry of the stack dev runs on the Docker host ssh://build already (the container packs)"
        in result.stderr
    )
    assert "remove it there with `make down`" in result.stderr, "what to do"
    assert "remove it with `docker rm -f packs`" in result.stderr, "or where nobody has its record"
    assert not [asked for asked in pulumi.asked if asked.startswith((command, "stop", "remove"))], (
        "it is another copy's"
    )


@pytest.mark.parametrize("command", ["up", "preview", "down"])
@pytest.mark.parametrize(
    ("variable", "told"),
    [
        (
            "",
            "Pulumi is logged in to https://api.pulumi.com: move it (docs/operations.md, State and secrets), or run `pulumi logout`, ",
        ),
        (
            "postgres://me:pass@db/pulumi",
            "PULUMI_BACKEND_URL is postgres://db/pulumi: move it (docs/operations.md, State and secrets), or run `unset PULUMI_BACKEND_URL`, ",
        ),
    ],
    ids=["logged in", "by the environment"],
)
def test_a_registry_whose_record_is_left_in_the_files_here_is_told_with_where_it_is(
    pulumi: FakePulumi,
    api: FakeApi,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    command: str,
    variable: str,
    told: str,
) -> None:
    api.add("packs")
    file = tmp_path / ".pulumi" / "stacks" / "pack-registry" / "dev.json"
    file.parent.mkdir(parents=True)
    file.write_text(
        '{"version": 3, "checkpoint": {"stack": "organization/pack-registry/dev", "latest": {"resources": [{}]}}}'
    )
    monkeypatch.setattr(pulumi_cli, "PULUMI_HOME", tmp_path)
    (tmp_path / "credentials.json").write_text('{"current": "https://api.pulumi.com"}')
    if variable:
        pulumi.environment["PULUMI_BACKEND_URL"] = variable
    pulumi.answers["stack export"] = (255, "", "error: no stack named 'dev' found")
    monkeypatch.setattr(commands, "ensure_stack", unrecorded)
    result = run(command)
    assert result.exit_code == 1, "make and CI go by it"
    assert result.stderr.startswith(
        "x A registry of the stack dev runs on the Docker host ssh://build already (the container packs). Nothing was touched. "
    )
    assert result.stderr.endswith(
        f"Its record is in .state here, but {told}then run this again.\n"
    ), "what to do"
    assert not [
        asked for asked in pulumi.asked if asked.startswith((command, "stop", "destroy", "remove"))
    ]


def test_up_beside_a_trial_is_refused_with_what_removes_it(
    pulumi: FakePulumi, api: FakeApi
) -> None:
    api.add("spectro-registry", "trial/dev")
    result = run("up")
    assert result.exit_code == 1, "make and CI go by it"
    assert (
        "A trial of dev is there (the container spectro-registry); "
        "remove it, and the packs in it, with `make try-down STACK=dev`, then run `make up STACK=dev` again."
    ) in result.stderr, "what is there, and what to do"
    assert not [asked for asked in pulumi.asked if asked.startswith("up")], (
        "its volumes would be removed with it"
    )


def test_up_without_the_cli_goes_on_with_a_trial(
    pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> FakePulumi:
        raise PulumiNotInstalledError("no route to host")

    tried: list[tuple[str, bool]] = []
    monkeypatch.setattr(commands, "ensure_pulumi", missing)
    monkeypatch.setattr(trial_command, "up", lambda stack, wait: tried.append((stack, wait)))
    result = run("up", "--stack", "prod")
    assert (result.exit_code, tried) == (0, [("prod", False)]), "there is a registry all the same"
    assert (
        "The Pulumi CLI is not installed and could not be fetched (no route to host); going on with a trial"
        in result.stderr
    ), "said in one line"
    assert (
        "remove the trial with `make try-down STACK=prod`, and run `make up STACK=prod` again."
        in result.stderr
    ), "how to get the real one"


def test_up_that_fails_says_that_nothing_is_lost(pulumi: FakePulumi) -> None:
    pulumi.answers["up"] = (255, "", "")
    result = run("up")
    assert result.exit_code == 1, "make and CI go by it"
    assert (
        "The update of dev failed, for the reason above; nothing is lost, mend it and run `make up` again."
        in result.stderr
    ), "what to do"


def test_a_preview_ends_as_pulumis_does(pulumi: FakePulumi) -> None:
    pulumi.answers["preview"] = (7, "", "")
    assert run("preview").exit_code == 7, "CI goes by it"


PACK = f"--policy-pack {ROOT / 'policy'}"


@pytest.mark.parametrize("command", ["preview", "up"])
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--stack", "dev"], None),
        (
            ["--stack", "dev", "--policy"],
            f"{PACK} --policy-pack-config {ROOT / 'policy' / 'dev.json'}",
        ),
        (["--stack", "prod"], f"{PACK} --policy-pack-config {ROOT / 'policy' / 'prod.json'}"),
        (["--stack", "prod", "--no-policy"], None),
        (["--stack", "nobodys-stack"], PACK),
    ],
)
def test_every_stack_but_dev_is_held_against_the_policy_pack(
    pulumi: FakePulumi, command: str, arguments: list[str], told: str | None
) -> None:
    run(command, *arguments)
    (asked,) = [asked for asked in pulumi.asked if asked.startswith(f"{command} ")]
    if told is None:
        assert "--policy-pack" not in asked, "nothing is judged"
    else:
        assert asked.partition(" --client=")[0].endswith(told), (
            "the pack, and the stack's configuration where there is one"
        )
    if command == "up":
        assert ("--skip-preview" in asked) is (told is None), (
            "what is refused is refused before anything is touched"
        )


@pytest.mark.parametrize("command", ["preview", "up"])
def test_a_wrong_configuration_of_the_pack_is_told_before_anything_is_touched(
    pulumi: FakePulumi, command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(policy, "PACK", tmp_path)
    (tmp_path / "prod.json").write_text('{"image-registy": {}}')
    result = run(command, "--stack", "prod")
    assert result.exit_code == 1
    assert 'there is no rule image-registy; did you mean "image-registry"?' in result.stderr
    assert pulumi.asked == ["checked prod"], "not even Docker was asked"


def test_a_trial_says_that_no_policy_was_asked(
    pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> FakePulumi:
        raise PulumiNotInstalledError("no route to host")

    monkeypatch.setattr(commands, "ensure_pulumi", missing)
    monkeypatch.setattr(trial_command, "up", lambda stack, wait: None)
    told = "The policy pack runs with the CLI alone: a trial is not held against it"
    assert told in run("up", "--stack", "prod").stderr, "nobody must believe that it was"
    assert told not in run("up", "--stack", "dev").stderr, "nobody expects it"


def test_outputs_are_printed_with_nothing_lost(pulumi: FakePulumi) -> None:
    lines = run("outputs").stdout.splitlines()
    shown = dict(line.split(maxsplit=1) for line in lines)
    assert list(shown) == sorted(OUTPUTS), "a line for each"
    assert shown["endpoint"] == "https://[fd00::5]:8443", (
        "an address in brackets is no mark of ours"
    )
    assert shown["adminPassword"] == "[secret]", "Pulumi's own mask"
    assert shown["certificateFingerprint"] == "(empty)", "an empty line would look like a fault"
    assert (
        shown["caCertificate"]
        == "-----BEGIN CERTIFICATE----- ... (`make outputs OUTPUT=caCertificate` prints it in full)"
    ), "and how to have it all"


def test_an_output_of_a_long_line_is_cut_in_the_table_alone(pulumi: FakePulumi) -> None:
    long = "https://" + "a" * 300
    pulumi.answers["stack output"] = (0, json.dumps({**OUTPUTS, "endpoint": long}), "")
    line = next(line for line in run("outputs").stdout.splitlines() if line.startswith("endpoint"))
    assert line.endswith(f"  {long[:200]} ... (`make outputs OUTPUT=endpoint` prints it in full)")
    assert run("outputs", "--only", "endpoint").stdout == f"{long}\n"


def test_outputs_as_json_can_be_read_by_programs(pulumi: FakePulumi) -> None:
    result = run("outputs", "--only", "json", "--secrets")
    assert json.loads(result.stdout) == OUTPUTS, "standard output is for results alone"
    assert pulumi.asked[-1].endswith("--show-secrets"), "on request"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("caCertificate", OUTPUTS["caCertificate"]),
        ("endpoint", "https://[fd00::5]:8443\n"),
        ("users", '{"admin": "x"}\n'),
    ],
)
def test_one_output_is_printed_as_it_is(pulumi: FakePulumi, name: str, text: str) -> None:
    assert run("outputs", "--only", name).stdout == text, "for a file, or a pipe"


def test_a_secret_that_is_not_asked_for_as_such_is_no_result(pulumi: FakePulumi) -> None:
    for stack, told in (("dev", ""), ("prod", " STACK=prod")):
        result = run("outputs", "--only", "adminPassword", "--stack", stack)
        assert (result.exit_code, result.stdout) == (1, ""), (
            "a script would take the mask for the password"
        )
        assert (
            result.stderr
            == f"x adminPassword is a secret; `make outputs OUTPUT=adminPassword SECRETS=1{told}` shows it.\n"
        )
    pulumi.answers["stack output"] = (0, json.dumps({**OUTPUTS, "adminPassword": "pass"}), "")
    assert run("outputs", "--only", "adminPassword", "--secrets").stdout == "pass\n"


def test_the_table_says_how_its_secrets_are_shown(pulumi: FakePulumi) -> None:
    assert run("outputs").stderr == "> `make outputs SECRETS=1` shows the secrets.\n"
    shown = {**OUTPUTS, "adminPassword": "pass", "consoleRegistration": {"password": "x" * 300}}
    pulumi.answers["stack output"] = (0, json.dumps(shown), "")
    result = run("outputs", "--secrets")
    assert result.stderr == "", "they are shown"
    line = next(
        line for line in result.stdout.splitlines() if line.startswith("consoleRegistration")
    )
    assert line.endswith(
        " ... (`make outputs OUTPUT=consoleRegistration SECRETS=1` prints it in full)"
    ), "it is no result without"


def test_an_unknown_output_is_told_with_those_that_there_are(pulumi: FakePulumi) -> None:
    result = run("outputs", "--only", "endpiont")
    assert result.exit_code == 1, "a script must not go on with nothing"
    assert (
        "OUTPUT: there is no output endpiont; allowed are table, json, adminPassword, caCertificate, "
        in result.stderr
    ), "what is allowed"


def test_a_stack_without_outputs_is_told_with_what_makes_them(pulumi: FakePulumi) -> None:
    pulumi.answers["stack output"] = (0, "{}", "")
    assert (
        "The stack prod has no outputs; bring it up with `make up STACK=prod`."
        in run("outputs", "--stack", "prod").stderr
    ), "what to do"


def test_down_keeps_the_packs_and_says_where_they_are(pulumi: FakePulumi) -> None:
    result = run("down")
    assert [
        asked.split()[0] for asked in pulumi.asked if asked.startswith(("destroy", "remove"))
    ] == ["destroy"], "no volume is removed"
    assert (
        "its packs are kept in spectro-registry-data, and the next `make up` finds them"
        in result.stderr
    ), "where they are"
    kept = " (`pulumi stack rm` deletes Pulumi.dev.yaml too; `--preserve-config` keeps it)\n"
    assert result.stderr.endswith(kept), "Pulumi's own hint, which stands above, does not say so"
    pulumi.answers["stack export"] = (0, "{}", "")
    assert "stack rm" not in run("down").stderr, "nothing was up, and Pulumi gave no such hint"


def test_down_with_purge_asks_first(pulumi: FakePulumi) -> None:
    result = run("down", "--purge", answer="n\n")
    assert result.exit_code == 1, "make and CI go by it"
    assert result.stderr.endswith("x Nothing was removed.\n"), "what came of it"
    assert not [asked for asked in pulumi.asked if asked.startswith(("destroy", "remove"))], (
        "packs can't be brought back"
    )
    assert "all packs in spectro-registry-data" in result.stderr, "what it is about"


def test_down_with_purge_removes_the_packs_after_the_registry(pulumi: FakePulumi) -> None:
    for arguments, answer in ((["--purge"], "y\n"), (["--purge", "--yes"], None)):
        pulumi.asked.clear()
        result = run("down", *arguments, answer=answer)
        done = [asked for asked in pulumi.asked if asked.startswith(("destroy", "remove"))]
        assert [asked.split()[0] for asked in done] == ["destroy", "remove"], (
            "Docker removes no volume that is in use"
        )
        assert done[1] == "remove spectro-registry-data at ssh://build", (
            "on the registry's own host"
        )
        assert "its packs are removed" in result.stderr, "said out loud"


def test_down_with_purge_touches_nothing_where_another_container_has_the_packs(
    pulumi: FakePulumi, api: FakeApi
) -> None:
    api.add("packs", volume="spectro-registry-data")
    pulumi.answers["stack export"] = (
        0,
        json.dumps({"deployment": {"resources": [{"type": CONTAINER, "id": "id of packs"}]}}),
        "",
    )
    assert run("down", "--purge", "--yes").exit_code == 0, "the registry's own has them, too"
    pulumi.asked.clear()
    for name in ("backup", "a-backup-that-has-ended"):
        api.add(name, stack="", volume="spectro-registry-data")
    api.add("another", stack="", volume="another")
    result = run("down", "--purge", "--yes")
    users = "the containers a-backup-that-has-ended, backup"
    assert result.exit_code == 1, "make and CI go by it"
    assert result.stderr == (
        f"x The volume spectro-registry-data is in use by {users}, and Docker removes none that is, even by a container that has ended; "
        f"nothing was removed. Remove {users} first, then run `make down PURGE=1` again.\n"
    ), "what is in the way, and what to do"
    assert not [
        asked for asked in pulumi.asked if asked.startswith(("destroy", "stop", "remove"))
    ], "the packs would be left without their registry"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            docker.errors.APIError(
                "409 Client Error", explanation="remove x: volume is in use - [4f]"
            ),
            "remove x: volume is in use - [4f]",
        ),
        (
            requests.ReadTimeout("Read timed out. (read timeout=30)"),
            "Read timed out. (read timeout=30)",
        ),
    ],
    ids=["refused", "too slow"],
)
def test_packs_that_docker_does_not_remove_are_told_with_the_command_that_does(
    pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def fail(*_: Any) -> bool:
        raise error

    monkeypatch.setattr(DockerEngine, "remove_volume", fail)
    result = run("down", "--purge", "--yes")
    told = f"x Not all of the registry of dev could be removed ({reason}); mend it and run `make down PURGE=1`.\n"
    assert (result.exit_code, result.stderr) == (1, told), (
        "no traceback: the registry is gone by then"
    )


def test_a_docker_that_fails_before_an_update_is_told(
    pulumi: FakePulumi, api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        raise docker.errors.APIError("500 Server Error", explanation="no space left on device")

    monkeypatch.setattr(api, "containers", fail)
    told = "x Docker can't be asked for what there is of dev already (no space left on device); mend it and run `make up`.\n"
    assert run("up").stderr == told


def test_down_never_removes_a_directory_of_the_host(pulumi: FakePulumi) -> None:
    pulumi.answers["stack output"] = (0, '{"dataVolume": "/srv/packs"}', "")
    result = run("down", "--purge", "--yes")
    assert not [asked for asked in pulumi.asked if asked.startswith("remove")], (
        "it is the user's own"
    )
    assert "remove it with `sudo rm -r /srv/packs`" in result.stderr, "how to"


def test_down_removes_the_containers_that_an_interrupted_update_left(
    pulumi: FakePulumi, api: FakeApi
) -> None:
    recorded = {"type": CONTAINER, "id": "id of packs"}
    pulumi.answers["stack export"] = (0, json.dumps({"deployment": {"resources": [recorded]}}), "")
    for name in ("packs", "packs-candidate"):
        api.add(name)
    api.add("packs-config-users-writer", state="created")
    api.add("other", stack="prod")
    result = run("down")
    done = [
        asked
        for asked in pulumi.asked
        if asked.startswith(("stack dev", "stop", "remove container", "destroy"))
    ]
    left = ["packs-candidate", "packs-config-users-writer"]
    steps = [f"{step} id of {name}" for name in left for step in ("stop", "remove container")]
    assert done[:-1] == ["stack dev", *steps], (
        "they keep the config volume in use, which then can't be removed; others are Pulumi's, or not ours"
    )
    assert done[-1].startswith("destroy")
    assert (
        f"Removed the containers {', '.join(left)}, which an interrupted update had left behind"
        in result.stderr
    )


def test_down_removes_what_was_left_where_nothing_is_recorded(
    pulumi: FakePulumi, api: FakeApi
) -> None:
    pulumi.answers["stack export"] = (255, "", "error: no stack named 'dev' found")
    api.add("packs-config-users-writer", state="created")
    result = run("down")
    assert "remove container id of packs-config-users-writer" in pulumi.asked
    assert "The registry of the stack dev is not up; nothing else was removed." in result.stderr


def test_down_leaves_a_registry_that_is_recorded_elsewhere(
    pulumi: FakePulumi, api: FakeApi
) -> None:
    pulumi.answers["stack export"] = (255, "", "error: no stack named 'dev' found")
    api.add("packs")
    result = run("down", "--purge", "--yes")
    assert result.exit_code == 1
    assert (
        "A registry of the stack dev runs on the Docker host ssh://build already" in result.stderr
    )
    assert not [asked for asked in pulumi.asked if asked.startswith(("stop", "remove"))], (
        "it is another copy's"
    )


@pytest.mark.parametrize(
    ("storage", "removed"),
    [
        ({"kind": "nfs", "nfs": {"server": "nfs.example.com", "export": "/x"}}, None),
        ({"volume": "mine"}, "mine"),
        ({"kind": "memory"}, None),
        ({"kind": "s3", "s3": {"bucket": "packs", "region": "eu-central-1"}}, None),
    ],
)
def test_a_purge_by_the_config_alone_knows_every_kind_of_storage(
    pulumi: FakePulumi,
    monkeypatch: pytest.MonkeyPatch,
    storage: dict[str, Any],
    removed: str | None,
) -> None:
    pulumi.answers["stack export"] = (255, "", "error: no stack named 'dev' found")
    given = Settings.model_validate(
        {"hostname": "packs.example.com", "containerName": "packs", "storage": storage}
    )
    monkeypatch.setattr(removal, "needed_settings", lambda _: given)
    run("down", "--purge", "--yes")
    done = [asked.split()[1] for asked in pulumi.asked if asked.startswith("remove")]
    assert done == ([removed] if removed else []), "no other volume is ours to remove"


def test_a_volume_that_mounts_another_servers_directory_is_not_said_to_hold_packs(
    pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi.answers["stack output"] = (0, '{"dataVolume": "packs-data-nfs-1"}', "")
    storage = {"kind": "nfs", "nfs": {"server": "nfs.example.com", "export": "/x"}}
    given = Settings.model_validate({"hostname": "packs.example.com", "storage": storage})
    monkeypatch.setattr(removal, "needed_settings", lambda _: given)
    result = run("down", "--purge", "--yes")
    assert "its packs were in no volume of the Docker host" in result.stderr, (
        "the volume goes with the registry, and no pack with it"
    )
    assert not [asked for asked in pulumi.asked if asked.startswith("remove pack")]


def test_a_purge_without_anybody_to_ask_names_what_says_yes(pulumi: FakePulumi) -> None:
    result = run("down", "--purge", "--stack", "dev")
    assert result.exit_code == 1
    assert "without a terminal, `make down PURGE=1 YES=1` says it beforehand." in result.stderr
    assert not [asked for asked in pulumi.asked if asked.startswith(("destroy", "remove"))], (
        "packs can't be brought back"
    )


def test_outputs_of_a_stack_that_was_never_made_are_told_with_what_makes_it(
    pulumi: FakePulumi,
) -> None:
    pulumi.answers["stack output"] = (255, "", "error: no stack named 'prod' found")
    result = run("outputs", "--stack", "prod")
    assert (result.exit_code, result.stderr) == (
        1,
        "x The stack prod has no outputs; bring it up with `make up STACK=prod`.\n",
    ), "a command to type"


def test_outputs_where_only_a_trial_is_there_are_told_with_what_shows_its(
    pulumi: FakePulumi, api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi.answers["stack output"] = (255, "", "error: no stack named 'dev' found")
    alone = "x The stack dev has no outputs; bring it up with `make up STACK=dev`."
    api.add("packs", "trial/prod")
    assert run("outputs").stderr == f"{alone}\n", "another stack's"
    api.add("packs", "trial/dev")
    told = "A trial of it is there: `make try-ca` prints its certificate, `make try SECRETS=1` makes it anew and shows its passwords."
    assert run("outputs").stderr == f"{alone} {told}\n"

    def fail(**_: Any) -> None:
        raise requests.ConnectionError("no route to host")

    monkeypatch.setattr(api, "containers", fail)
    assert run("outputs").stderr == f"{alone}\n", "what is asked for needs no Docker"


def test_down_of_a_stack_that_never_came_up_goes_by_its_config(pulumi: FakePulumi) -> None:
    pulumi.answers |= {
        "stack output": (0, "{}", ""),
        "stack export": (255, "", "error: no stack named 'dev' found"),
    }
    run("down", "--purge", "--yes")
    assert not [asked for asked in pulumi.asked if asked.startswith(("destroy", "stack dev"))], (
        "a stack is not made to be removed"
    )
    assert "remove packs-data at ssh://build" in pulumi.asked, (
        "an interrupted update may have made the volume"
    )


def test_down_of_a_stack_that_is_not_up_removes_nothing_and_says_so(pulumi: FakePulumi) -> None:
    for export in (
        (255, "", "error: no stack named 'edge' found"),
        (0, '{"deployment": {"resources": []}}', ""),
    ):
        pulumi.answers["stack export"] = export
        result = run("down", "--stack", "edge")
        assert result.stderr == "> The registry of the stack edge is not up; nothing was removed.\n"
        assert not [
            asked for asked in pulumi.asked if asked.startswith(("destroy", "remove", "stack edge"))
        ]


def test_down_knows_that_the_registry_is_on_another_host_than_its_settings_name(
    pulumi: FakePulumi,
) -> None:
    urn = "urn:pulumi:dev::pack-registry::pulumi:providers:docker::registry-docker-1"
    resources = [
        {"urn": urn, "type": "pulumi:providers:docker", "inputs": {"host": "ssh://old"}},
        {"type": "docker:index/container:Container", "provider": f"{urn}::id", "id": "1"},
    ]
    pulumi.answers["stack export"] = (0, json.dumps({"deployment": {"resources": resources}}), "")
    purged = run("down", "--purge", "--yes")
    assert purged.exit_code == 1
    assert (
        "By its record the registry of dev is on ssh://old, and dockerHost is ssh://build: PURGE=1 would look"
        in purged.output
    )
    assert not [asked for asked in pulumi.asked if asked.startswith(("destroy", "remove"))], (
        "nothing was removed"
    )
    result = run("down")
    assert (
        "The registry is removed; packs that were in spectro-registry-data of ssh://old are kept there."
        in result.output
    )
    assert [asked for asked in pulumi.asked if asked.startswith("destroy")], (
        "Pulumi removes it from where it is"
    )


def test_the_packs_of_another_stack_are_never_removed(pulumi: FakePulumi) -> None:
    result = run("down", "--purge", "--yes", "--stack", "prod")
    assert result.exit_code == 1
    assert (
        result.stderr
        == "x The volume spectro-registry-data holds the packs of the stack dev; nothing was removed.\n"
    )
    assert not [asked for asked in pulumi.asked if asked.startswith(("destroy", "remove"))], (
        "two stacks of one container name share its name"
    )


def test_what_is_to_be_typed_next_is_for_the_same_stack(
    pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        DockerEngine, "volume_labels", lambda _, name: {"pack-registry.stack": "edge"}
    )
    for command in ("up", "down"):
        shown = run(command, "--stack", "edge").stderr
        told = re.findall(r"`(make [^`]+)`", shown)
        assert told, shown
        assert all(each.endswith("STACK=edge") for each in told), (
            "typed as shown it would be another stack's"
        )


def test_a_destruction_that_fails_removes_no_packs(pulumi: FakePulumi) -> None:
    pulumi.answers["destroy"] = (255, "", "")
    result = run("down", "--purge", "--yes")
    assert result.exit_code == 1, "make and CI go by it"
    assert not [asked for asked in pulumi.asked if asked.startswith("remove")], (
        "the registry may still run on them"
    )


def test_a_command_that_can_not_go_on_says_why_and_no_more(
    pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: str) -> None:
        raise CommandError("Docker is not installed.")

    monkeypatch.setattr(commands, "ensure_docker", stop)
    result = run("up")
    assert (result.exit_code, result.stderr) == (1, "x Docker is not installed.\n"), (
        "no traceback, no usage"
    )
