"""The order of checks in an update: preflight, smoke test, activation, verification."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from pulumi.runtime import settings

from common.features import Features, use_features
from components import pack_registry
from components.docker import config_volume, server_check, smoke_test
from components.docker.preflight import run as preflight_run
from components.docker.preflight.run import PreflightError
from components.docker.reload import Credentials
from components.pack_registry import PackRegistry
from components.verification.diagnosis import VerificationError
from components.verification.probe import Failure
from components.verification.tls_client import Endpoint, TlsTrust
from tests.support.certificates import issue
from tests.support.component import arguments_of, declare, served
from tests.support.fakes import OWNER
from tests.support.recording import Recorder, run

Call = dict[str, Any]
URL = "ssh://ops@build.example.com"


@pytest.fixture
def enabled() -> Iterator[None]:
    """Enable the checks."""
    with use_features(Features(checks=True, resource_hooks=False)):
        yield


@pytest.fixture
def checks(enabled: None, monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """Enable the checks, and record them instead of running them."""
    calls: list[Call] = []

    def preflight(engine: Any, plan: Any, owner: Any, *, pull: bool) -> None:
        calls.append({"check": "preflight", "url": engine.url, "owner": owner, "pull": pull})

    def finish(engine: Any, plan: Any, passwords: dict[str, str], trust: TlsTrust) -> None:
        inputs = {"trust": trust.ca_pem, "passwords": passwords}
        calls.append({"check": "verification", "url": engine.url, **inputs})

    def activate(engine: Any, plan: Any, owner: Any, credentials: Credentials) -> None:
        calls.append(
            {
                "check": "activation",
                "url": engine.url,
                "server": plan.container_name,
                "writer": credentials.writer,
            }
        )

    def run_smoke_test(
        context: Any, plan: Any, candidate: Any, passwords: dict[str, str], trust: TlsTrust
    ) -> None:
        inputs = {
            "subject": candidate.subject,
            "image": candidate.image_id,
            "owner": context.owner,
            "files": set(candidate.files),
            "trust": trust.ca_pem,
            "passwords": passwords,
            "data_source": candidate.data_source,
        }
        calls.append({"check": "smoke test", "url": context.engine.url, **inputs})

    monkeypatch.setattr(preflight_run, "preflight", preflight)
    monkeypatch.setattr(config_volume, "activate_htpasswd", activate)
    monkeypatch.setattr(smoke_test, "smoke_test_subject", lambda *_: "The new image")
    monkeypatch.setattr(smoke_test, "run_smoke_test", run_smoke_test)
    monkeypatch.setattr(pack_registry, "finish_update", finish)
    return calls


def test_update(checks: list[Call]) -> None:
    made = declare(dockerHost=URL)
    trust, passwords = made.outputs["caCertificate"], made.outputs["users"]
    assert checks == [
        {"check": "preflight", "url": URL, "owner": OWNER, "pull": True},
        {
            "check": "smoke test",
            "url": URL,
            "subject": "The new image",
            "image": "sha256:" + "1" * 64,
            "owner": OWNER,
            "files": {"htpasswd-basic", "tls.crt", "tls.key"},
            "trust": trust,
            "passwords": passwords,
            "data_source": "spectro-registry-data",
        },
        {
            "check": "activation",
            "url": URL,
            "server": "spectro-registry",
            "writer": "registry-users-writer-id",
        },
        {"check": "verification", "url": URL, "trust": trust, "passwords": passwords},
    ], "only exported values are used"


@pytest.mark.parametrize(
    ("storage", "data_source"),
    [
        ({"kind": "path", "path": "/srv/packs"}, "/srv/packs"),
        ({"kind": "s3", "s3": {"bucket": "packs", "region": "any"}}, ""),
    ],
)
def test_data_source(storage: dict[str, Any], data_source: str, checks: list[Call]) -> None:
    tls = {"mode": "letsencrypt", "letsencrypt": {"email": "ops@example.com"}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server_check, "wait_for_certificate", lambda *_: "")
        declare(storage=storage, tls=tls)
    assert checks[1]["data_source"] == data_source, "the certificate's volume is not the packs'"


def test_smoke_test_waits_for_volumes(checks: list[Call], monkeypatch: pytest.MonkeyPatch) -> None:
    class SlowVolumes(Recorder):
        def new_resource(
            self, args: pulumi.runtime.MockResourceArgs
        ) -> tuple[str | None, dict[str, Any]]:
            if args.name in ("registry-data-nfs", "registry-acme"):
                time.sleep(0.03)
            return super().new_resource(args)

    recorder, created = SlowVolumes(served()), list[str]()

    def fail(*_: Any) -> None:
        created.extend(recorder.resources)
        time.sleep(0.02)
        raise VerificationError("The new image", [Failure("GET /health", "500")], "fix it", [])

    monkeypatch.setattr(smoke_test, "run_smoke_test", fail)
    with pytest.raises(VerificationError):
        declare(
            recorder=recorder,
            storage={"kind": "nfs", "nfs": {"server": "nfs.example.com", "export": "/packs"}},
            tls={"mode": "letsencrypt", "letsencrypt": {"email": "ops@example.com"}},
        )
    assert {"registry-data-nfs", "registry-acme"} <= set(created), (
        "otherwise Docker creates volumes without options"
    )
    containers = [
        name for name in recorder.resources if name.endswith("-writer") or name == "registry-server"
    ]
    assert containers == [], "the running server keeps its passwords"


def test_no_smoke_test(checks: list[Call], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke_test, "smoke_test_subject", lambda *_: "")
    declare()
    assert [call["check"] for call in checks] == ["preflight", "activation", "verification"]


def test_server_waits_for_activation(checks: list[Call], monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, created = Recorder(served()), list[str]()

    def activate(*_: Any) -> None:
        time.sleep(0.02)
        created.extend(recorder.resources)

    monkeypatch.setattr(config_volume, "activate_htpasswd", activate)
    declare(recorder=recorder)
    assert "registry-users-writer" in created
    assert "registry-server" not in created, (
        "without an htpasswd file, the server creates a user and logs its password"
    )


def test_plain_http_trust(checks: list[Call]) -> None:
    declare(tls={"mode": "off"})
    assert checks[-1]["trust"] == ""


def test_preview(checks: list[Call]) -> None:
    declare(preview=True)
    assert [(call["check"], call.get("pull")) for call in checks] == [("preflight", False)]


@pytest.mark.usefixtures("enabled")
def test_update_on_unready_host() -> None:
    recorder = Recorder(served())
    with pytest.raises(PreflightError, match=r"Docker can't be reached at unix:///nonexistent"):
        declare(recorder=recorder, dockerHost="unix:///nonexistent.sock")
    assert list(recorder.resources) == [], "no changes were made: no key and no password"


@pytest.mark.usefixtures("enabled")
def test_preview_on_unready_host() -> None:
    with pytest.raises(PreflightError, match="No changes were made"):
        declare(dockerHost="unix:///nonexistent.sock", preview=True)


@pytest.mark.parametrize("is_first", [True, False], ids=["first program", "later program"])
def test_failed_verification(
    checks: list[Call], monkeypatch: pytest.MonkeyPatch, is_first: bool
) -> None:
    if not is_first:  # another program in this process had its own settings of the SDK
        monkeypatch.setattr(settings.SETTINGS, "outputs", set())

    def fail(*_: Any) -> None:
        failures = [Failure("GET /health", "500")]
        raise VerificationError("spectro-registry", failures, "read the log", [])

    monkeypatch.setattr(pack_registry, "finish_update", fail)
    with pytest.raises(VerificationError, match="failed verification"):
        declare()


def test_settings_are_validated_first(checks: list[Call]) -> None:
    with pytest.raises(pulumi.RunError, match="port"):
        declare(port="x")
    assert checks == []


def test_obtained_certificate(checks: list[Call], monkeypatch: pytest.MonkeyPatch) -> None:
    ca = issue("Clients' Root", ca=True)
    client = issue("prober", issuer=ca)
    used: list[TlsTrust | None] = []

    def presented(endpoint: Endpoint, _: float) -> str:
        used.append(endpoint.trust)
        return served().certificate_pem

    monkeypatch.setattr(server_check, "wait_for_certificate", presented)

    def program() -> dict[str, pulumi.Output[Any]]:
        tls = {
            "mode": "letsencrypt",
            "letsencrypt": {"email": "ops@example.com"},
            "clientCas": [ca.certificate_pem],
            "clientCertificatePem": client.certificate_pem,
            "clientPrivateKeyPem": pulumi.Output.secret(client.key_pem),
        }
        return PackRegistry("registry", arguments_of({"tls": tls})).outputs

    made = run(Recorder(served()), program)
    assert used == [TlsTrust("", client.certificate_pem, client.key_pem)], (
        "the server requires a client certificate"
    )
    assert made.outputs["certificateFingerprint"] == served().fingerprint
    assert made.outputs["certificateNotAfter"]
    assert not {"certificateFingerprint", "certificateNotAfter"} & made.secret_outputs
