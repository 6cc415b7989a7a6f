"""When the checks run: the Docker host before anything is made, the proof at the end of every update, orphans before a container is made."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from common import features
from components import pack_registry
from components.docker import orphans
from components.docker.errors import ContainerNotOwnedError
from components.docker.orphans import remove_orphan
from components.docker.preflight import PreflightError
from components.pack_registry import PackRegistry
from components.verification.diagnosis import VerificationError
from components.verification.probe import Endpoint, Failure, TlsTrust
from tests.support.certificates import issue
from tests.support.component import arguments_of, declare, served
from tests.support.fakes import OWNER, OTHER_OWNER, FakeContainer, FakeDockerHost
from tests.support.recording import Recorder, run

Call = dict[str, Any]


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """Switch the checks on, and record them instead of doing them."""
    calls: list[Call] = []
    monkeypatch.setattr(features, "CHECKS_ON", True)

    def preflight(host: Any, settings: Any, owner: Any, *, pull: bool) -> None:
        calls.append({"check": "preflight", "url": host.url, "owner": owner, "pull": pull})

    def settle(host: Any, settings: Any, passwords: dict[str, str], trust: TlsTrust) -> None:
        calls.append(
            {"check": "settle", "url": host.url, "trust": trust.ca_pem, "passwords": passwords}
        )

    def publish(host: Any, server: str, writer: str) -> None:
        calls.append({"check": "publish", "url": host.url, "server": server, "writer": writer})

    monkeypatch.setattr(pack_registry, "preflight", preflight)
    monkeypatch.setattr(pack_registry, "activate_htpasswd", publish)

    def smoke_test_image(
        host: Any,
        settings: Any,
        owner: Any,
        image_id: str,
        files: Any,
        passwords: dict[str, str],
        trust: TlsTrust,
        stored: str,
    ) -> None:
        told = {
            "image": image_id,
            "owner": owner,
            "files": set(files),
            "trust": trust.ca_pem,
            "passwords": passwords,
            "stored": stored,
        }
        calls.append({"check": "gate", "url": host.url, **told})

    monkeypatch.setattr(pack_registry, "needs_smoke_test", lambda host, settings, image_id: True)
    monkeypatch.setattr(pack_registry, "smoke_test_image", smoke_test_image)
    monkeypatch.setattr(pack_registry, "finish_update", settle)
    return calls


def test_an_update_checks_the_host_first_and_proves_the_registry_last(checks: list[Call]) -> None:
    made = declare(dockerHost="ssh://ops@build.example.com")
    url = "ssh://ops@build.example.com"
    assert checks == [
        {"check": "preflight", "url": url, "owner": OWNER, "pull": True},
        {
            "check": "gate",
            "url": url,
            "image": "sha256:" + "1" * 64,
            "owner": OWNER,
            "files": {"htpasswd-basic", "tls.crt", "tls.key"},
            "trust": made.outputs["caCertificate"],
            "passwords": made.outputs["users"],
            "stored": "spectro-registry-data",
        },
        {
            "check": "publish",
            "url": url,
            "server": "spectro-registry",
            "writer": "registry-users-writer-id",
        },
        {
            "check": "settle",
            "url": url,
            "trust": made.outputs["caCertificate"],
            "passwords": made.outputs["users"],
        },
    ], "the proof uses what is exported, and nothing else"


def test_a_new_image_is_proven_before_anything_is_written_and_after_what_it_mounts_is_there(
    checks: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    class SlowVolumes(Recorder):
        def new_resource(
            self, args: pulumi.runtime.MockResourceArgs
        ) -> tuple[str | None, dict[str, Any]]:
            if args.name in ("registry-data-nfs", "registry-acme"):
                time.sleep(0.3)
            return super().new_resource(args)

    recorder, there = SlowVolumes(served()), list[str]()

    def smoke_test_image(*_: Any) -> None:
        there.extend(recorder.resources)
        time.sleep(0.2)
        raise VerificationError("The new image", [Failure("GET /health", "500")], "mend it", [])

    monkeypatch.setattr(pack_registry, "smoke_test_image", smoke_test_image)
    tls = {"mode": "letsencrypt", "letsencrypt": {"email": "ops@example.com"}}
    with pytest.raises(VerificationError):
        declare(
            recorder=recorder,
            storage={"kind": "nfs", "nfs": {"server": "nfs.example.com", "export": "/packs"}},
            tls=tls,
        )
    assert {"registry-data-nfs", "registry-acme"} <= set(there), (
        "Docker would make plain volumes of these names"
    )
    written = [
        name for name in recorder.resources if name.endswith("-writer") or name == "registry-server"
    ]
    assert written == [], "the passwords of a server that runs on must stay what they are"


def test_where_there_is_nothing_to_prove_no_image_is_proven(
    checks: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pack_registry, "needs_smoke_test", lambda host, settings, image_id: False)
    declare()
    assert [call["check"] for call in checks] == ["preflight", "publish", "settle"]


def test_the_server_is_made_after_its_credentials_have_their_name(
    checks: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder, there = Recorder(served()), list[str]()

    def publish(*_: Any) -> None:
        time.sleep(0.2)
        there.extend(recorder.resources)

    monkeypatch.setattr(pack_registry, "activate_htpasswd", publish)
    declare(recorder=recorder)
    assert "registry-users-writer" in there, "the writer has put them into the volume"
    assert "registry-server" not in there, (
        "without an htpasswd file the server invents a user and logs its password"
    )


def test_the_proof_of_plain_http_trusts_nothing(checks: list[Call]) -> None:
    declare(tls={"mode": "off"})
    assert checks[-1]["trust"] == "", "an empty certificate stands for plain HTTP"


def test_a_preview_checks_the_host_and_proves_nothing(checks: list[Call]) -> None:
    declare(preview=True)
    assert [(call["check"], call.get("pull")) for call in checks] == [("preflight", False)], (
        "a preview fetches nothing, and nothing runs yet"
    )


def test_an_update_on_a_host_that_is_not_ready_makes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(features, "CHECKS_ON", True)
    recorder = Recorder(served())
    with pytest.raises(
        PreflightError, match=r"Docker can't be reached at unix:///nonexistent\.sock"
    ):
        declare(recorder=recorder, dockerHost="unix:///nonexistent.sock")
    assert list(recorder.resources) == [], (
        '"nothing was touched" must be true: a key or a password made now would be thrown away'
    )


def test_a_preview_on_a_host_that_is_not_ready_fails_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "CHECKS_ON", True)
    with pytest.raises(PreflightError, match="nothing was touched"):
        declare(dockerHost="unix:///nonexistent.sock", preview=True)


def test_a_registry_that_does_not_pass_fails_the_update(
    checks: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    def settle(*_: Any) -> None:
        raise VerificationError(
            "spectro-registry", [Failure("GET /health", "500")], "look at the log", []
        )

    monkeypatch.setattr(pack_registry, "finish_update", settle)
    with pytest.raises(VerificationError, match="failed verification"):
        declare()


def test_wrong_settings_are_told_before_the_host_is_asked(checks: list[Call]) -> None:
    with pytest.raises(pulumi.RunError, match="nothing was touched"):
        declare(port="x")
    assert checks == [], "what can be judged from here needs no host"


def test_an_orphan_of_this_stack_is_removed() -> None:
    host = FakeDockerHost(FakeContainer("spectro-registry", status="created"))
    assert remove_orphan(host, "spectro-registry", OWNER) is True, (
        "an update was killed after it had made the container"
    )
    assert host.asked == [("remove", "spectro-registry")], "Docker would refuse the name otherwise"
    assert remove_orphan(host, "spectro-registry", OWNER) is False, "there is nothing left to clear"


@pytest.mark.parametrize(
    "labels",
    [
        {},
        OTHER_OWNER.labels,
        {"pack-registry.project": "pack-registry", "pack-registry.stack": "test"},
    ],
)
def test_somebody_elses_container_is_never_removed(labels: dict[str, str]) -> None:
    host = FakeDockerHost(FakeContainer("spectro-registry", labels))
    with pytest.raises(ContainerNotOwnedError, match="does not belong to this stack"):
        remove_orphan(host, "spectro-registry", OWNER)
    assert host.asked == [], "it may hold somebody's packs"


def test_orphans_are_cleared_before_a_container_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[tuple[str, Any]] = []

    class Hook:
        def __init__(self, name: str, callback: Any) -> None:
            registered.append((name, callback))

    monkeypatch.setattr(features, "HOOKS_ON", True)
    monkeypatch.setattr(pulumi, "ResourceHook", Hook)
    monkeypatch.setattr(pulumi, "ResourceHookBinding", lambda **hooked: hooked)
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    host = FakeDockerHost(FakeContainer("spectro-registry"))
    binding: Any = orphans.remove_orphan_hook("registry-clear-orphan", host, OWNER)
    assert list(binding) == ["before_create"], (
        "a hook on deletion would make a plain `pulumi destroy` fail"
    )
    ((name, clear),) = registered
    assert name == "registry-clear-orphan", "two registries in one program need two names"

    call = SimpleNamespace(new_inputs={"name": "spectro-registry"})
    clear(call)
    assert host.asked == [("remove", "spectro-registry")], "the name must be free"
    assert warned == [
        "Removed the container spectro-registry, which an interrupted update of this stack had left behind."
    ], "said out loud"
    host.held["spectro-registry"] = FakeContainer("spectro-registry", {})
    with pytest.raises(pulumi.RunError, match="does not belong to this stack"):
        clear(call)


def test_without_an_engine_that_calls_back_there_are_no_hooks() -> None:
    assert orphans.remove_orphan_hook("registry-clear-orphan", FakeDockerHost(), OWNER) is None, (
        "a mocked engine refuses them"
    )


def test_a_certificate_that_the_server_gets_by_itself_is_looked_at_as_a_client_that_it_lets_in(
    checks: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = issue("Clients' Root", ca=True)
    client = issue("prober", issuer=authority)
    asked: list[TlsTrust | None] = []

    def presented(target: Endpoint, _: float) -> str:
        asked.append(target.trust)
        return served().certificate_pem

    monkeypatch.setattr(pack_registry, "wait_for_certificate", presented)

    def program() -> dict[str, pulumi.Output[Any]]:
        tls = {
            "mode": "letsencrypt",
            "letsencrypt": {"email": "ops@example.com"},
            "clientCas": [authority.certificate_pem],
            "clientCertificatePem": client.certificate_pem,
            "clientPrivateKeyPem": pulumi.Output.secret(client.key_pem),
        }
        return PackRegistry("registry", arguments_of({"tls": tls})).outputs

    made = run(Recorder(served()), program)
    assert asked == [TlsTrust("", client.certificate_pem, client.key_pem)], (
        "the server ends a connection without a certificate of clientCas"
    )
    assert made.outputs["certificateFingerprint"] == served().fingerprint
    assert not {"certificateFingerprint", "certificateNotAfter"} & made.secret_outputs, (
        "what it shows to everybody is no secret"
    )
