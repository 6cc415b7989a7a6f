"""The way of a user: a registry brought up, registered, shown and removed by `make` alone, on a state of the project's own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.docker import DEVELOPMENT_IMAGE, free_port, remove_all_of, unique_name
from tests.support.engine import NO_PROXY
from tests.support.live import expect_no_traceback
from tests.support.palette import PaletteApi, palette_api
from tests.support.project import copy_project


class Project:
    """A copy of the project with one stack."""

    def __init__(self, directory: Path) -> None:
        copy_project(directory)
        self.directory = directory
        self.stack = unique_name("test")
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")
        } | NO_PROXY
        settings = {
            "hostname": "localhost",
            "containerName": self.stack,
            "port": free_port(),
            "bindAddress": "127.0.0.1",
            "image": DEVELOPMENT_IMAGE,
            "tls": {"algorithm": "ecdsa-p256"},
        }
        config = {"config": {f"pack-registry:{key}": value for key, value in settings.items()}}
        (directory / f"Pulumi.{self.stack}.yaml").write_text(yaml.safe_dump(config))

    def make(
        self, target: str, *variables: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return self.run(
            "make",
            "--no-print-directory",
            "--old-file=.venv/.installed",
            target,
            f"STACK={self.stack}",
            *variables,
            **environment,
        )

    def run(
        self, *command: str, folder: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """A command with no terminal; never a traceback."""
        done = subprocess.run(
            command,
            cwd=self.directory / folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        expect_no_traceback(done.stdout + done.stderr)
        return done


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path)
    yield made
    remove_all_of(made.stack)


def test_a_registry_is_registered_shown_and_removed_by_make(project: Project) -> None:
    with palette_api(PaletteApi(sync_states=["Success"])) as api:
        up = project.make("up", "POLICY=0")
        assert up.returncode == 0, up.stdout + up.stderr

        first = project.make("register")
        assert first.returncode != 0, "there is no API key yet"
        assert f"set it with `make register-key STACK={project.stack}`" in first.stdout, (
            first.stdout + first.stderr
        )
        kept = project.make("register-key", PALETTE_API_KEY=api.api_key)
        assert kept.returncode == 0, kept.stdout + kept.stderr
        state = {"PULUMI_BACKEND_URL": (project.directory / ".state").as_uri()}
        state["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(project.directory / ".state" / "passphrase")
        path = f"{Path.home() / '.pulumi' / 'bin'}{os.pathsep}{os.environ['PATH']}"
        done = project.run(
            "pulumi",
            "config",
            "set",
            "paletteHost",
            api.host,
            "--stack",
            project.stack,
            folder="palette",
            PATH=path,
            **state,
        )
        assert done.returncode == 0, done.stderr

        second = project.make("register")
        assert second.returncode == 0, second.stdout + second.stderr
        assert next(iter(api.registrations)) in second.stdout, "the outputs are printed"
        assert api.only()["name"] == project.stack, "as the registry is called"

        form = project.make("registration", "CLI_TRUST=0")
        assert (form.returncode, "Password" in form.stdout) == (0, True), form.stderr
        assert api.only()["auth"]["password"] not in form.stdout + form.stderr, "masked"
        assert (project.directory / f"ca-{project.stack}.crt").read_text() == api.only()["auth"][
            "tls"
        ]["ca"]

        preview = project.make("register-preview")
        assert (preview.returncode, "unchanged" in preview.stdout) == (0, True), (
            preview.stdout + preview.stderr
        )
        assert project.make("unregister").returncode == 0
        assert api.registrations == {}
        assert project.make("down", "PURGE=1", "YES=1").returncode == 0
