"""Errors of an engine as messages for the user."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import docker.errors
import pytest
import requests

from common.errors import UserError
from components.docker.engine import DockerEngine
from components.docker.errors import describe_error, engine_errors
from components.docker.post_update import finish_update
from components.docker.preflight.run import preflight
from components.docker.reload import Credentials, activate_htpasswd
from components.docker.server_version import ServerVersion
from components.docker.smoke_test import smoke_test_subject
from components.kubernetes.errors import describe_error as describe_kubernetes_error
from components.verification.tls_client import TlsTrust
from tests.support.component import plan_of
from tests.support.docker import free_port
from tests.support.fakes import OWNER, FakeContainer, FakeEngine, docker_context

ERRORS = [
    docker.errors.APIError("500 Server Error", explanation="driver failed\n  programming"),
    requests.HTTPError("500 Server Error"),
    requests.ConnectionError("Connection aborted"),
    BrokenPipeError(32, "Broken pipe"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_engine_error(error: Exception) -> None:
    engine = DockerEngine("ssh://build")
    with pytest.raises(UserError) as raised, engine_errors(engine, "the preflight check"):
        raise error
    is_api_error = isinstance(error, docker.errors.APIError)
    reason = "driver failed programming" if is_api_error else str(error)
    assert str(raised.value) == (
        f"Docker error on ssh://build during the preflight check: {reason}. Run `make up` again."
    )


@pytest.mark.parametrize("error", [ValueError("ours"), UserError("reported")])
def test_other_errors(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, engine_errors(DockerEngine(), "a check"):
        raise error
    assert raised.value is error


def test_certificate_rejected_by_openssl() -> None:
    with pytest.raises(UserError) as raised, engine_errors(DockerEngine(), "the verification"):
        raise ssl.SSLError(398, "[SSL: CA_MD_TOO_WEAK] ca md too weak")
    assert str(raised.value) == (
        "OpenSSL on this machine rejects a certificate during the verification: "
        "[SSL: CA_MD_TOO_WEAK] ca md too weak. Replace tls.clientCertificatePem, or the "
        "certificates that clients trust, with ones that have a strong key and signature."
    ), "it is no error of Docker"


class Failing(FakeEngine):
    """Fails in one method."""

    def __init__(self, method: str, *containers: FakeContainer) -> None:
        super().__init__(*containers)

        def fail(*_: Any, **__: Any) -> Any:
            raise docker.errors.APIError("500 Server Error", explanation="no space left on device")

        setattr(self, method, fail)


SERVER = FakeContainer("spectro-registry", pids_limit=0)


@pytest.mark.parametrize(
    ("engine", "entry", "step"),
    [
        (Failing("container"), "preflight", "the preflight check"),
        (Failing("image_id"), "preflight", "the preflight check"),
        (Failing("has_network"), "preflight", "the preflight check"),
        (Failing("container"), "finish", "the verification of the registry"),
        (Failing("limit_processes", SERVER), "finish", "the verification of the registry"),
        (Failing("container"), "smoke test", "the inspection of the running server"),
        (Failing("container"), "activate", "the update of the registry's users"),
        (Failing("are_hard_linked", SERVER), "activate", "the update of the registry's users"),
    ],
)
def test_error_during_update(engine: Failing, entry: str, step: str) -> None:
    plan = plan_of(port=free_port(), verify=entry == "smoke test", networks=["backend"])
    steps: dict[str, Callable[[], object]] = {
        "preflight": lambda: preflight(engine, plan, OWNER, pull=True),
        "finish": lambda: finish_update(engine, plan, {}, TlsTrust()),
        "smoke test": lambda: smoke_test_subject(
            docker_context(engine), plan, ServerVersion("sha256:new", "", "", 0)
        ),
        "activate": lambda: activate_htpasswd(
            engine, plan, OWNER, Credentials("writer", "", ServerVersion("sha256:1", "", "", 0))
        ),
    }
    with pytest.raises(UserError) as raised:
        steps[entry]()
    assert str(raised.value) == (
        f"Docker error on {engine.url} during {step}: no space left on device. Run `make up` again."
    )


def test_explanation_has_no_full_stop() -> None:
    """The text of a message continues after it."""
    error = docker.errors.APIError("500 Server Error", explanation="no space left.\n")
    assert describe_error(error) == "no space left"
    assert describe_kubernetes_error(SimpleNamespace(body='{"message": "is forbidden."}')) == (  # type: ignore[arg-type]
        "is forbidden"
    )
