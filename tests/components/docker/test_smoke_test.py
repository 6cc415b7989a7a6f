"""Smoke test of a new image: when it is required, and that it leaves nothing behind."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import docker.errors
import pulumi
import pytest

from common.errors import UserError
from common.features import Features
from components.docker.candidate import CandidateInputs
from components.docker.container_spec import ContainerSpec
from components.docker.context import DockerContext
from components.docker.engine import LOCAL_SOCKET
from components.docker.plan import DockerPlan
from components.docker.smoke_test import needs_smoke_test, smoke_test_image
from components.verification.diagnosis import VerificationError
from components.verification.probe import TlsTrust
from tests.support.certificates import issue
from tests.support.component import plan_of
from tests.support.fakes import OTHER_OWNER, OWNER, FakeContainer, FakeEngine
from tests.support.registry_server import Registry, serving

CANDIDATE = "spectro-registry-candidate"
FILES = {"htpasswd-basic": ("admin:hash", "0444"), "tls.key": ("KEY", "0400")}


class Engine(FakeEngine):
    """An engine that starts a candidate, which serves at a port of this machine."""

    def __init__(self, port: int = 0, failing_step: str = "") -> None:
        super().__init__(FakeContainer("spectro-registry"), url=LOCAL_SOCKET)
        self.port = port
        self.failing_step = failing_step
        self.tar = b""

    def create_container(self, spec: ContainerSpec) -> str:
        identifier = super().create_container(spec)
        self.held[identifier].log = ["the candidate's log"]
        return self._step(identifier)

    def extract_archive(self, identifier: str, directory: str, tar: bytes) -> None:
        super().extract_archive(identifier, directory, tar)
        self.tar = tar
        self._step(identifier)

    def connect_to_network(self, identifier: str, network: str) -> None:
        super().connect_to_network(identifier, network)
        self._step(identifier)

    def start_container(self, identifier: str) -> None:
        super().start_container(identifier)
        self._step(identifier)

    def _step(self, identifier: str) -> str:
        if self.changes[-1][0] == self.failing_step:
            raise docker.errors.APIError(
                "500 Server Error", explanation="no space\n left on device"
            )
        return identifier

    def published_port(self, identifier: str) -> int:
        return self.port


def run_smoke_test(
    engine: Engine, registry: Registry | None = None, trust: str = "", **settings: Any
) -> None:
    plan: DockerPlan = plan_of(**settings)
    options = pulumi.ResourceOptions()
    context = DockerContext("registry", OWNER, options, engine, options, None, Features())
    candidate = CandidateInputs("sha256:2", FILES, plan.data_volume or plan.storage.path)
    users = (registry or Registry()).users
    smoke_test_image(context, plan, candidate, users, TlsTrust(trust))


@pytest.mark.parametrize(
    ("settings", "status", "image", "required"),
    [
        ({}, "running", "sha256:2", True),
        ({}, "running", "sha256:1", False),
        ({}, "paused", "sha256:2", True),
        ({}, "paused", "sha256:1", False),
        ({}, "exited", "sha256:2", False),
        ({"verify": False}, "running", "sha256:2", False),
    ],
)
def test_needs_smoke_test(
    settings: dict[str, Any], status: str, image: str, required: bool
) -> None:
    engine = FakeEngine(FakeContainer("spectro-registry", status=status))
    assert needs_smoke_test(engine, plan_of(**settings), image) is required
    assert needs_smoke_test(FakeEngine(), plan_of(**settings), image) is False, "no server runs"


@pytest.mark.parametrize("tls", [True, False])
def test_good_image(tls: bool) -> None:
    certificate, registry = issue("localhost", ["localhost"]), Registry()
    with serving(registry, certificate if tls else None) as port:
        engine = Engine(port)
        mode = {} if tls else {"mode": "off"}
        run_smoke_test(engine, registry, certificate.certificate_pem, tls=mode)
    assert set(engine.held) == {"spectro-registry"}, "the candidate is removed"
    assert ("/v1/_catalog", f"localhost:{port}") in registry.seen
    assert registry.writes == [], "its packs are read-only"


def test_bad_image() -> None:
    registry = Registry(open_catalog=True)
    with serving(registry, None) as port, pytest.raises(VerificationError) as raised:
        run_smoke_test(engine := Engine(port), registry, tls={"mode": "off"})
    message = str(raised.value)
    assert "The running server was not changed. Set image back, or fix the new image. " in message
    assert "the candidate's log" in message, "it is read before the candidate is removed"
    assert set(engine.held) == {"spectro-registry"}


def test_unpauses_paused_server() -> None:
    engine = Engine(failing_step="create")
    engine.held["spectro-registry"].status = "paused"
    with pytest.raises(UserError, match="The running server was not changed"):
        run_smoke_test(engine)
    assert engine.changes[0] == ("unpause", "spectro-registry"), "even if the image fails"


@pytest.mark.parametrize("step", ["create", "extract", "network", "start"])
def test_start_error(step: str) -> None:
    engine = Engine(failing_step=step)
    with pytest.raises(UserError) as raised:
        run_smoke_test(engine, image="example.com/registry:2", networks=["backend"])
    assert str(raised.value) == (
        "The new image example.com/registry:2 can't be started next to the running server: no "
        "space left on device. The running server was not changed."
    )
    assert set(engine.held) == {"spectro-registry"}


def test_removes_old_candidate() -> None:
    engine = Engine(failing_step="start")
    engine.held[CANDIDATE] = FakeContainer(CANDIDATE)
    with pytest.raises(UserError):
        run_smoke_test(engine)
    steps = ["remove", "create", "extract", "extract", "start", "remove"]
    assert [step for step, _ in engine.changes] == steps


def test_keeps_candidate_of_other_owner() -> None:
    engine = Engine()
    engine.held[CANDIDATE] = FakeContainer(CANDIDATE, dict(OTHER_OWNER.labels))
    with pytest.raises(Exception, match="It belongs to the stack other"):
        run_smoke_test(engine)
    assert CANDIDATE in engine.held


def test_files_and_networks_before_start() -> None:
    engine = Engine(failing_step="start")
    with pytest.raises(UserError):
        run_smoke_test(engine, networks=["backend", "storage"])
    assert engine.changes[:6] == [
        ("create", CANDIDATE),
        ("extract", "/auth"),
        ("extract", "/certs"),
        ("network", "backend"),
        ("network", "storage"),
        ("start", CANDIDATE),
    ]
    with tarfile.open(fileobj=io.BytesIO(engine.tar)) as tar:
        found = {
            member.name: (member.mode, member.uid, tar.extractfile(member).read())  # type: ignore[union-attr]
            for member in tar
        }
    assert found == {"htpasswd-basic": (0o444, 0, b"admin:hash"), "tls.key": (0o400, 0, b"KEY")}, (
        "files belong to root, as those of the writers do"
    )
