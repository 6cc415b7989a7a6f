"""A registry that is created, registered, shown and removed with `make`, in a local state."""

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
from tests.support.palette.server import serve
from tests.support.palette.stub import PaletteStub
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
        """Run a command without a terminal. A traceback is an error."""
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


def test_registration_with_make(project: Project) -> None:
    with serve(PaletteStub(sync_states=["Success"])) as api:
        up = project.make("up", "POLICY=0")
        assert up.returncode == 0, up.stdout + up.stderr

        first = project.make("register")
        assert first.returncode != 0, "the API key is missing"
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
        assert api.only_spec()["name"] == project.stack

        form = project.make("registration", "CLI_TRUST=0")
        assert (form.returncode, "Password" in form.stdout) == (0, True), form.stderr
        assert api.only_spec()["auth"]["password"] not in form.stdout + form.stderr, "masked"
        assert (project.directory / f"ca-{project.stack}.crt").read_text() == api.only_spec()[
            "auth"
        ]["tls"]["ca"]

        preview = project.make("register-preview")
        assert (preview.returncode, "unchanged" in preview.stdout) == (0, True), (
            preview.stdout + preview.stderr
        )
        assert project.make("unregister").returncode == 0
        assert api.registrations == {}
        assert project.make("down", "PURGE=1", "YES=1").returncode == 0
