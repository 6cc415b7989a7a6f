"""Smoke test of a changed server: when it is required, and that it leaves nothing behind."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from typing import Any

import docker.errors
import pytest

from common.errors import UserError
from components.docker import server_check
from components.docker.candidate import CandidateInputs
from components.docker.container_spec import ContainerSpec
from components.docker.engine import LOCAL_SOCKET
from components.docker.plan import DockerPlan
from components.docker.server_version import ServerVersion
from components.docker.smoke_test import run_smoke_test, smoke_test_subject
from components.verification.diagnosis import VerificationError
from components.verification.tls_client import TlsTrust
from tests.support.certificates import issue
from tests.support.component import plan_of
from tests.support.docker import free_port
from tests.support.fakes import OTHER_OWNER, OWNER, FakeContainer, FakeEngine, docker_context
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
        self.status_of_candidate = "running"

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
        self.held[identifier].status = self.status_of_candidate
        self._step(identifier)

    def _step(self, identifier: str) -> str:
        if self.changes[-1][0] == self.failing_step:
            raise docker.errors.APIError(
                "500 Server Error", explanation="no space\n left on device"
            )
        return identifier

    def published_port(self, identifier: str, internal: int) -> int:
        return self.port


def smoke_test(
    engine: Engine, registry: Registry | None = None, trust: str = "", **settings: Any
) -> None:
    plan: DockerPlan = plan_of(**settings)
    subject = f"The new image {plan.image.reference}"
    source = plan.data_volume or plan.storage.path
    candidate = CandidateInputs(subject, "sha256:2", FILES, source)
    users = (registry or Registry()).users
    run_smoke_test(docker_context(engine), plan, candidate, users, TlsTrust(trust))


VERSION = ServerVersion("sha256:1", "f1", "c1", 2 * 2**30)
LABELS = {
    **OWNER.labels,
    "pack-registry.certificate": "f1",
    "pack-registry.configuration": "c1",
    "pack-registry.storage": "{}",
}


def subject_of(declared: ServerVersion, *containers: FakeContainer, **settings: Any) -> str:
    context = docker_context(FakeEngine(*containers))
    return smoke_test_subject(context, plan_of(**settings), declared)


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        ({}, ""),
        ({"image_id": "sha256:2"}, "The new image spectro:2"),
        ({"image_id": "sha256:2", "fingerprint": "f2"}, "The new image spectro:2"),
        ({"fingerprint": "f2", "configuration": "c2"}, "The server with the new certificate"),
        ({"configuration": "c2"}, "The server with the new settings"),
        ({"memory": 2**30}, "The server with the new settings"),
    ],
)
def test_subject(change: dict[str, Any], subject: str) -> None:
    declared = replace(VERSION, **change)
    for status, expected in {
        "running": subject,
        "paused": subject,
        "exited": "",
        "restarting": "",
    }.items():
        server = FakeContainer("spectro-registry", LABELS, status=status)
        assert subject_of(declared, server, image="spectro:2") == expected, status
    server = FakeContainer("spectro-registry", LABELS)
    assert subject_of(declared, server, verify=False) == ""
    assert subject_of(declared) == "", "no server runs"


@pytest.mark.parametrize("is_served", [True, False])
def test_server_that_keeps_crashing(is_served: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two crashes, its status is `running`. There is no server that an update must keep."""
    monkeypatch.setattr(server_check, "ANSWER_SECONDS", 0.1)
    certificate, declared = issue("localhost", ["localhost"]), replace(VERSION, image_id="sha256:2")
    with serving(Registry(), certificate) as port:
        served = port if is_served else free_port()
        server = FakeContainer(
            "spectro-registry", LABELS, ports=(served,), ip="127.0.0.1", restarts=3
        )
        assert bool(subject_of(declared, server)) == is_served


@pytest.mark.parametrize("tls", [True, False])
def test_good_image(tls: bool) -> None:
    certificate, registry = issue("localhost", ["localhost"]), Registry()
    with serving(registry, certificate if tls else None) as port:
        engine = Engine(port)
        mode = {} if tls else {"mode": "off"}
        smoke_test(engine, registry, certificate.certificate_pem, tls=mode)
    assert set(engine.held) == {"spectro-registry"}, "the candidate is removed"
    assert ("/v1/_catalog", f"localhost:{port}") in registry.seen
    assert registry.writes == [], "its packs are read-only"


def test_bad_image() -> None:
    registry = Registry(open_catalog=True)
    with serving(registry, None) as port, pytest.raises(VerificationError) as raised:
        smoke_test(engine := Engine(port), registry, tls={"mode": "off"})
    message = str(raised.value)
    assert (
        "The running server was not changed: it keeps its certificate and its passwords. "
        "Set image back, or fix the new image. "
    ) in message
    assert "the candidate's log" in message, "it is read before the candidate is removed"
    assert set(engine.held) == {"spectro-registry"}


def test_unpauses_paused_server() -> None:
    engine = Engine(failing_step="create")
    engine.held["spectro-registry"].status = "paused"
    with pytest.raises(UserError, match="The running server was not changed"):
        smoke_test(engine)
    assert engine.changes[0] == ("unpause", "spectro-registry"), "even if the image fails"


@pytest.mark.parametrize("step", ["create", "extract", "network", "start"])
def test_start_error(step: str) -> None:
    engine = Engine(failing_step=step)
    with pytest.raises(UserError) as raised:
        smoke_test(engine, image="example.com/registry:2", networks=["backend"])
    assert str(raised.value) == (
        "The new image example.com/registry:2 can't be started next to the running server: no "
        "space left on device. The running server was not changed: it keeps its certificate and "
        "its passwords."
    )
    assert set(engine.held) == {"spectro-registry"}


def test_removes_old_candidate() -> None:
    engine = Engine(failing_step="start")
    engine.held[CANDIDATE] = FakeContainer(CANDIDATE)
    with pytest.raises(UserError):
        smoke_test(engine)
    steps = ["remove", "create", "extract", "extract", "start", "remove"]
    assert [step for step, _ in engine.changes] == steps


def test_keeps_candidate_of_other_owner() -> None:
    engine = Engine()
    engine.held[CANDIDATE] = FakeContainer(CANDIDATE, dict(OTHER_OWNER.labels))
    with pytest.raises(Exception, match="It belongs to the stack other"):
        smoke_test(engine)
    assert CANDIDATE in engine.held


def test_files_and_networks_before_start() -> None:
    engine = Engine(failing_step="start")
    with pytest.raises(UserError):
        smoke_test(engine, networks=["backend", "storage"])
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


def test_server_ended_meanwhile() -> None:
    engine = Engine(failing_step="start")

    def end(identifier: str) -> None:
        del engine.held["spectro-registry"]
        raise docker.errors.APIError("500 Server Error", explanation="out of memory")

    engine.start_container = end  # type: ignore[method-assign]
    with pytest.raises(UserError) as raised:
        smoke_test(engine)
    assert str(raised.value).endswith("The previous server no longer runs (status removed).")
    assert "not changed" not in str(raised.value)


ACME = {"mode": "letsencrypt", "letsencrypt": {"email": "ops@example.com"}}


def test_acme_without_certificate() -> None:
    """The name of the host in a handshake would make the server request a certificate."""
    registry = Registry()
    with serving(registry, issue("localhost", ["localhost"])) as port:
        settings: dict[str, Any] = {"hostname": "packs.example.com", "port": 443, "tls": ACME}
        smoke_test(engine := Engine(port), registry, **settings)
        assert registry.seen == [], "no request"
        engine.files.add("/acme/packs.example.com")
        with pytest.raises(VerificationError, match="certificate verify failed"):
            smoke_test(engine, registry, **settings)


def test_acme_server_that_ends() -> None:
    engine = Engine(free_port())
    engine.status_of_candidate = "exited"
    with pytest.raises(VerificationError) as raised:
        smoke_test(engine, hostname="packs.example.com", port=443, tls=ACME)
    assert "TLS handshake with 127.0.0.1" in str(raised.value)
    assert "the candidate's log" in str(raised.value)
