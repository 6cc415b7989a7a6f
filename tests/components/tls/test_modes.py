"""Modes without a certificate from this program: off (HTTP)."""

from __future__ import annotations

import pulumi
import pytest

from tests.support.component import container, declare
from tests.support.recording import Run


def test_off_declares_no_tls_resources(http: Run) -> None:
    assert not any(resource.typ.startswith("tls:") for resource in http.resources.values())
    labels = {label["label"] for label in container(http).inputs["labels"]}
    assert "pack-registry.certificate" not in labels, "there is no certificate"


def test_off_leaves_certificate_outputs_empty(http: Run) -> None:
    outputs = [
        http.outputs[name]
        for name in ("caCertificate", "certificateFingerprint", "certificateNotAfter")
    ]
    assert outputs == ["", "", ""], "consumers rely on the outputs in every mode"


@pytest.mark.parametrize("mode", ["off", False])
def test_off_accepts_yaml_boolean(mode: str | bool) -> None:
    run = declare(tls={"mode": mode})
    assert run.outputs["endpoint"] == "http://registry.example.com", (
        "YAML 1.1 reads an unquoted `off` as false"
    )


@pytest.mark.parametrize(("mode", "warnings"), [("off", 1), ("self-signed", 0)])
def test_only_off_warns(mode: str, warnings: int, monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_, **__: warned.append(text))
    declare(tls={"mode": mode})
    assert len(warned) == warnings
    assert all(
        text.startswith("tls.mode is off: passwords and packs cross the network unencrypted")
        for text in warned
    ), "the warning names the risk"
