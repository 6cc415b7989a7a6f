"""`make gc` for servers that collect garbage by themselves."""

from __future__ import annotations

from typing import Any

import pytest

from cli.zot_collection import describe_zot
from common.validation import validate
from components.settings import Settings


def settings(**zot: Any) -> Settings:
    values = {"hostname": "localhost", "flavor": "oci", "image": "example.com/zot:1", "zot": zot}
    return validate(Settings, values, "test")


def test_zot(capsys: pytest.CaptureFixture[str]) -> None:
    describe_zot(settings(garbageCollection={"delay": "2h", "interval": "12h"}), "prod")
    assert capsys.readouterr().out == (
        "zot collects garbage by itself, next to reads and pushes: every 12h "
        "(zot.garbageCollection.interval), what no version has referred to for 2h "
        "(zot.garbageCollection.delay).\n"
    )


def test_disabled_collection_of_zot(capsys: pytest.CaptureFixture[str]) -> None:
    describe_zot(settings(garbageCollection={"enabled": False}), "prod")
    said = capsys.readouterr()
    assert "zot.garbageCollection.enabled is false" in said.out
    assert "make up STACK=prod" in said.err


@pytest.mark.parametrize("is_trial", [True, False])
def test_retention_of_zot(capsys: pytest.CaptureFixture[str], is_trial: bool) -> None:
    describe_zot(settings(retention={"keepVersions": 3, "dryRun": is_trial}), "prod")
    said = capsys.readouterr().out
    assert "except the 3 newest ones (zot.retention.keepVersions)." in said
    assert ("zot.retention.dryRun" in said) is is_trial
