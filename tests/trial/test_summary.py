"""What a trial says about its packs, certificate and passwords. No Docker host is needed."""

from __future__ import annotations

from typing import Any

import pytest

from cli.docker.inventory import Inventory
from components.docker.engine import DockerEngine
from components.settings import Settings
from trial import summary
from trial.summary import Summary

S3 = {
    "kind": "s3",
    "s3": {"bucket": "packs", "region": "eu-central-1", "accessKey": "a", "secretKey": "b"},
}
NFS = {"kind": "nfs", "nfs": {"server": "nfs.example.com", "export": "/packs"}}


def said(
    monkeypatch: pytest.MonkeyPatch,
    data: str,
    *,
    stays: bool = True,
    earlier: Inventory | None = None,
    **settings: Any,
) -> str:
    """Return what the trial of a stack prints without passwords."""
    printed: list[str] = []
    read = Settings.model_validate({"hostname": "localhost", "containerName": "packs", **settings})
    monkeypatch.setattr(summary, "readable_settings", lambda _: read)
    monkeypatch.setattr(summary, "info", printed.append)
    outputs = {"dataVolume": data, "healthUrl": "https://localhost/health", "caCertificate": "PEM"}
    Summary("dev", DockerEngine(), outputs, earlier, stays=stays).show(secrets=False)
    return "\n".join(printed)


@pytest.mark.parametrize(
    ("data", "storage", "place", "replacement"),
    [
        ("packs-data", {}, "Its packs are removed with it.", "keeps its packs."),
        (
            "/srv/packs",
            {"kind": "path", "path": "/srv/packs"},
            "Its packs stay in /srv/packs on the Docker host.",
            "keeps its packs.",
        ),
        ("packs-data", NFS, "Its packs stay in the storage of kind nfs.", "keeps its packs."),
        ("", S3, "Its packs stay in the storage of kind s3.", "keeps its packs."),
        ("", {"kind": "memory"}, "Its packs are removed with it.", "removes its packs."),
    ],
    ids=["volume", "path", "nfs", "s3", "memory"],
)
def test_packs(
    monkeypatch: pytest.MonkeyPatch,
    data: str,
    storage: dict[str, Any],
    place: str,
    replacement: str,
) -> None:
    earlier = Inventory({"1": "packs"}, ["packs-config", "packs-data"])
    text = said(monkeypatch, data, earlier=earlier, storage=storage)
    assert f" and a new certificate. {place}\n" in text
    assert f"This replaces its certificate and passwords, and {replacement}" in text
    packs = "same packs" if "keeps" in replacement else "no packs of it"
    assert f"stack dev: new certificate and passwords, {packs}. Fetch its CA" in text


def test_other_volume_has_no_packs_of_earlier_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = Inventory({"1": "old"}, ["old-config", "old-data"])
    assert "passwords, no packs of it." in said(monkeypatch, "packs-data", earlier=earlier)


@pytest.mark.parametrize("mode", ["off", "provided", "letsencrypt"])
def test_certificate_that_is_not_generated(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    earlier = Inventory({"1": "packs"}, ["packs-data"])
    text = said(monkeypatch, "packs-data", earlier=earlier, tls={"mode": mode})
    assert "each trial has new passwords. Its packs" in text
    assert "stack dev: new passwords, same packs." in text
    assert "Fetch" not in text
    assert "This replaces its passwords, and keeps its packs." in text


def test_every_hint_of_detached_trial_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = Inventory({"1": "packs"}, ["packs-data"])
    text = said(monkeypatch, "packs-data", earlier=earlier)
    assert text.count("make try ") == text.count("make try DETACH=1 ") == 1
    assert text.count("try-ca") == text.count("make --silent try-ca") == 2
    foreground = said(monkeypatch, "packs-data", stays=False)
    assert "DETACH" not in foreground
    assert "press Ctrl-C and run `make try SECRETS=1`" in foreground
