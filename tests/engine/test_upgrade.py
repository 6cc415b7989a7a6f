"""A registry that an earlier program brought up, previewed and updated by the present one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.paths import ROOT
from cli.pulumi.binary import find_pulumi
from common.version import VERSION
from tests.support.backups import OCI, PACK, WITH_ZOT, BackedUp, contents, server_settings
from tests.support.docker import inspect, volume_names
from tests.support.project import copy_project
from tests.support.registry import Client

DATA = yaml.safe_load((Path(__file__).parent / "data" / "upgrade.yaml").read_text())
KEPT = {".state", ".pulumi", ".venv"}
"""What remains in a directory when its program is replaced, in addition to stack files."""


def git(*command: str) -> str | None:
    """Return the output of a command of git; None if it fails."""
    done = subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    return None if done.returncode else done.stdout.strip()


def earlier_program() -> str:
    """Return the last tag, or the commit of the data. Skips the test if git does not have it."""
    name = git("describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", "HEAD~1")
    name = name or str(DATA["commit"])
    if git("cat-file", "-e", f"{name}^{{commit}}") is None:
        pytest.skip(f"git does not have {name}: the clone is shallow, or there is no clone")
    return name


def remove_program(directory: Path) -> None:
    for path in directory.iterdir():
        if path.name in KEPT or path.name.startswith("Pulumi."):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    (directory / "Pulumi.yaml").unlink()
    (directory / ".venv").unlink()


def use_earlier_program(directory: Path, name: str) -> None:
    remove_program(directory)
    archive = subprocess.run(
        ["git", "archive", name], cwd=ROOT, check=True, capture_output=True
    ).stdout
    subprocess.run(["tar", "-x"], cwd=directory, input=archive, check=True)
    (directory / ".venv").symlink_to(ROOT / ".venv")


def use_present_program(directory: Path) -> None:
    remove_program(directory)
    copy_project(directory)


def previewed_changes(registry: BackedUp) -> list[dict[str, str]]:
    """Return the resources that an update would change, and how."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")},
        "PATH": f"{Path(find_pulumi() or '').parent}{os.pathsep}{os.environ['PATH']}",
        "PULUMI_BACKEND_URL": (registry.directory / ".state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(registry.directory / ".state" / "passphrase"),
        "PULUMI_HOME": str(registry.directory / ".pulumi"),
    }
    shown = subprocess.run(
        ["pulumi", "preview", "--json", "--refresh", "--stack", registry.stack],
        cwd=registry.directory,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [
        {"resource": str(step["urn"]).rpartition("::")[2], "operation": step["op"]}
        for step in json.loads(shown)["steps"]
        if step["op"] not in ("same", "refresh", "read")
    ]


@pytest.mark.parametrize("server", [PACK, OCI, WITH_ZOT])
def test_upgrade(project: tuple[Path, str], server: str) -> None:
    registry, earlier = BackedUp(*project), earlier_program()
    registry.configure(**server_settings(server))
    use_earlier_program(registry.directory, earlier)
    before = registry.up()
    admin = Client.of(before, "admin")
    for number in range(3):
        admin.push("packs/nginx", os.urandom(5000), f"1.{number}.0")
    packs, volumes = contents(before), volume_names(registry.stack)
    container = inspect(registry.stack)["Id"]

    use_present_program(registry.directory)
    documented = DATA["servers"][server]
    listed = [{key: each[key] for key in ("resource", "operation")} for each in documented]
    found = previewed_changes(registry)
    assert sorted(found, key=str) == sorted(listed, key=str)
    registry.run("preview", "--no-policy")
    assert inspect(registry.stack)["Id"] == container

    after = registry.up()
    assert contents(after) == packs
    assert volumes == volume_names(registry.stack)
    for name in ("users", "caCertificate", "endpoint"):
        assert after[name] == before[name]
    replaced = any(each["resource"] == "registry-server" for each in documented)
    assert (inspect(registry.stack)["Id"] != container) is replaced
    assert previewed_changes(registry) == []


def test_changes_are_in_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    for documented in DATA["servers"].values():
        for change in documented:
            assert change["changelog"] in text
            assert "volume" not in change["resource"]
            assert not change["resource"].startswith("registry-data")


def recorded_component(registry: BackedUp) -> dict[str, Any]:
    resources = json.loads(registry.state.read_bytes())["checkpoint"]["latest"]["resources"]
    (inputs,) = (each["inputs"] for each in resources if each["urn"].endswith("::registry"))
    return dict(inputs)


def test_older_program_is_refused(project: tuple[Path, str]) -> None:
    registry = BackedUp(*project)
    file = registry.directory / "common" / "version.py"
    file.write_text(file.read_text().replace(f'VERSION = "{VERSION}"', 'VERSION = "99.1.0"'))
    outputs = registry.up()
    record, server = recorded_component(registry), inspect(registry.stack)
    shutil.copy(ROOT / "common" / "version.py", file)
    registry.configure(logLevel="debug")
    sentence = (
        "The last update of this registry was made by version 99.1.0 of this program. "
        f"This is version {VERSION}"
    )
    for command in ("preview", "up"):
        refused = registry.run(command, "--no-policy", code=1)
        assert sentence in refused
        assert "No changes were made." in refused
        assert "Traceback" not in refused
        assert inspect(registry.stack)["Id"] == server["Id"]
    assert recorded_component(registry) == record
    permitted = registry.run("up", "--no-policy", environment={"ALLOW_OLDER_PROGRAM": "1"})
    assert "ALLOW_OLDER_PROGRAM=1 permits it." in permitted
    assert inspect(registry.stack)["Id"] != server["Id"]
    assert "ALLOW_OLDER_PROGRAM" not in registry.run("up", "--no-policy"), "the record is older now"
    assert registry.outputs()["users"] == outputs["users"]
