"""The server's certificate expires: the next update renews it, or asks for another one."""

from __future__ import annotations

import datetime
import json
import os
import time
from typing import Any

import docker
import pytest
import urllib3
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from common.wait import wait_until
from components.docker.archive import make_tar
from tests.engine.conftest import Factory
from tests.support.backups import contents, responds
from tests.support.certificates import Issued, issue
from tests.support.docker import inspect
from tests.support.registry import Client

EXPIRED = "certificate has expired"
SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert"
KEY = "tls:index/privateKey:PrivateKey"


def provided(issued: Issued, ca: Issued) -> dict[str, Any]:
    return {
        "mode": "provided",
        "certificatePem": issued.certificate_pem + ca.certificate_pem,
        "privateKeyPem": issued.key_pem,
    }


def test_provided_certificate_expires(new_registry: Factory) -> None:
    ca = issue("Test Root", ca=True)
    registry = new_registry(tls=provided(issue("localhost", ["localhost"], ca), ca))
    began = time.monotonic()
    registry.up()
    seconds = 10 + 2 * (time.monotonic() - began)
    end = datetime.timedelta(seconds=seconds)
    registry.write(tls=provided(issue("localhost", ["localhost"], ca, ends=end), ca))
    outputs = registry.up()
    client = Client.of(outputs, "admin")
    client.push("packs/kept", os.urandom(100_000))
    before, server = contents(outputs), inspect(registry.stack_name)["Id"]

    assert wait_until(lambda: not responds(client), seconds + 10)
    with pytest.raises(urllib3.exceptions.SSLError, match=EXPIRED):
        client.status("/health")
    refused = " ".join(registry.failed_up().split())
    assert "tls.certificatePem" in refused
    assert "expired" in refused
    assert "No changes were made." in refused
    assert inspect(registry.stack_name)["Id"] == server

    registry.write(tls=provided(issue("localhost", ["localhost"], ca), ca))
    after = registry.up()
    assert contents(after) == before
    assert responds(client), "clients trust the CA, which has not changed"


def test_generated_certificate_expires(new_registry: Factory) -> None:
    registry = new_registry()
    outputs = registry.up()
    Client.of(outputs, "admin").push("packs/kept", os.urandom(100_000))
    before = contents(outputs)
    expired = let_certificate_expire(registry.stack, registry.stack_name)
    client = Client.of({**outputs, "caCertificate": expired}, "admin")
    assert wait_until(lambda: has_expired(client), 30), "the server presents it"

    after = registry.up(refresh=True)
    assert after["certificateFingerprint"] != outputs["certificateFingerprint"]
    assert after["users"] == outputs["users"]
    assert contents(after) == before
    registry.expect_no_changes(refresh=True)


def has_expired(client: Client) -> bool:
    try:
        client.status("/health")
    except urllib3.exceptions.SSLError as error:
        return EXPIRED in str(error)
    except urllib3.exceptions.HTTPError:
        return False
    return False


def let_certificate_expire(stack: Any, name: str) -> str:
    """Give server and record the certificate that they have after its end, and return it."""
    exported = stack.export_stack()
    by_type = {
        each["type"]: each["outputs"]
        for each in exported.deployment["resources"][1:]
        if "outputs" in each
    }
    secret = json.loads(by_type[KEY]["privateKeyPem"]["plaintext"])
    key: Any = load_pem_private_key(secret.encode(), None)
    begins, ends = (datetime.timedelta(days=days) for days in (-90, -1))
    issued = issue("localhost", ["localhost"], key=key, begins=begins, ends=ends)
    by_type[SELF_SIGNED] |= {
        "certPem": issued.certificate_pem,
        "validityStartTime": f"{issued.certificate.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}",
        "validityEndTime": f"{issued.certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
    }
    stack.import_stack(exported)
    containers = docker.from_env().containers
    writer = containers.get(f"{name}-config-certificate-writer")
    writer.put_archive("/config", make_tar({"tls.crt": (issued.certificate_pem, "0444")}))
    containers.get(name).restart()
    return issued.certificate_pem
