"""How long certificates are valid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.condition import State
from cli.status.checks.certificate import check_ca, check_certificate, check_proxy
from tests.support.certificates import Issued, issue
from tests.support.inspections import NOW, FakeInspection, one, registry_of
from tests.support.registry_server import Registry, serving

MOMENT = datetime.fromtimestamp(NOW, UTC)


def issued(left: float, validity: float = 365) -> Issued:
    """Issue a certificate with some days left, of some days."""
    end = timedelta(days=left)
    return issue(
        "localhost", ["localhost"], ca=True, now=MOMENT, begins=end - timedelta(validity), ends=end
    )


CASES = [
    pytest.param(100.5, 365, State.OK, "100 days left", id="long"),
    pytest.param(31, 365, State.OK, "31 days left", id="limit"),
    pytest.param(29.5, 365, State.WARNING, "29 days left", id="soon"),
    pytest.param(10, 21, State.OK, "10 days left", id="short validity"),
    pytest.param(6.5, 21, State.WARNING, "6 days left", id="end of short validity"),
    pytest.param(-3, 365, State.ERROR, "expired 3 days ago", id="expired"),
    pytest.param(365, 364, State.ERROR, "not valid before", id="future"),
]


@pytest.mark.parametrize(("left", "validity", "state", "text"), CASES)
def test_certificate(left: float, validity: float, state: State, text: str) -> None:
    certificate = issued(left, validity)
    with serving(Registry(), certificate) as port:
        inspection = FakeInspection(f"https://localhost:{port}")
        registry = registry_of(
            inspection, outputs={"certificateFingerprint": certificate.fingerprint}
        )
        line = one(check_certificate(registry))
        with registry.closing():
            pass
    assert (line.state, line.value.startswith(text)) == (state, True), line.value
    assert bool(line.fix) is (state is not State.OK)


@pytest.mark.parametrize(("left", "validity", "state", "text"), CASES)
def test_ca(left: float, validity: float, state: State, text: str) -> None:
    first, other = issued(left, validity), issued(left + 50, 500)
    outputs = {"caCertificate": other.certificate_pem + first.certificate_pem}
    line = one(check_ca(registry_of(outputs=outputs, tls={"mode": "private-ca"})))
    assert (line.state, line.value.startswith(text)) == (state, True), line.value
    renewal = text not in ("100 days left", "31 days left", "10 days left", "not valid before")
    assert ("`make registration STACK=prod`" in line.fix) is renewal


def test_other_certificate() -> None:
    with serving(Registry(), issued(100)) as port:
        inspection = FakeInspection(f"https://localhost:{port}")
        outputs = {"certificateFingerprint": issued(100).fingerprint}
        line = one(check_certificate(registry_of(inspection, outputs=outputs)))
        assert line.state is State.ERROR
        assert "another certificate than that of the last update" in line.value
        directory = {"email": "a@example.com", "directoryUrl": "https://acme.example.com/dir"}
        acme: dict[str, Any] = {"mode": "letsencrypt", "letsencrypt": directory}
        line = one(check_certificate(registry_of(inspection, outputs=outputs, tls=acme)))
        assert line.state is State.OK, "the server renews it between updates"


def test_proxy() -> None:
    assert list(check_proxy(registry_of())) == []
    with serving(Registry(), issued(5)) as port:
        url = f"https://localhost:{port}"
        line = one(check_proxy(registry_of(publicEndpoint=url)))
    assert (line.state, line.fix) == (State.WARNING, "Renew the certificate of the proxy.")
    line = one(check_proxy(registry_of(publicEndpoint=url)))
    assert (line.state, "does not answer" in line.value) == (State.ERROR, True)


def test_plain_http() -> None:
    registry = registry_of(tls={"mode": "off"})
    assert one(check_certificate(registry)).state is State.OK
    assert one(check_ca(registry)).state is State.OK
