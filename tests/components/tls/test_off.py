"""HTTP mode: no certificate anywhere."""

from __future__ import annotations

import pulumi
import pytest

from tests.support.component import container, declare
from tests.support.recording import Run


def test_nothing_of_tls_is_declared(http: Run) -> None:
    assert not any(resource.typ.startswith("tls:") for resource in http.resources.values()), (
        "HTTP mode has no certificate"
    )
    labels = {label["label"] for label in container(http).inputs["labels"]}
    assert "pack-registry.certificate" not in labels, (
        "a label of a certificate that is not there would mislead"
    )


def test_the_outputs_of_the_certificate_are_empty(http: Run) -> None:
    outputs = [
        http.outputs[name]
        for name in ("caCertificate", "certificateFingerprint", "certificateNotAfter")
    ]
    assert outputs == ["", "", ""], "consumers rely on the outputs being there in every mode"


@pytest.mark.parametrize("mode", ["off", False])
def test_yaml_may_have_read_off_as_false(mode: str | bool) -> None:
    run = declare(tls={"mode": mode})
    assert run.outputs["endpoint"] == "http://registry.example.com", (
        "YAML 1.1 reads a bare `off` as false"
    )


@pytest.mark.parametrize(("mode", "warnings"), [("off", 1), ("self-signed", 0)])
def test_plain_http_is_warned_of_and_tls_is_not(
    mode: str, warnings: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_, **__: warned.append(text))
    declare(tls={"mode": mode})
    assert len(warned) == warnings, (
        "passwords in the clear must be a decision, and a decision for TLS needs no comment"
    )
    assert all(
        text.startswith("tls.mode is off: passwords and packs cross the network unencrypted")
        for text in warned
    ), "what is at stake"
