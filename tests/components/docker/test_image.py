"""The image as a resource."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.components.docker.image_archives import IMAGE, write_archive
from tests.support.component import declare


def test_archive_triggers_replacement(tmp_path: Path) -> None:
    def triggers(config: str) -> Any:
        path = write_archive(tmp_path / "image.tar", IMAGE, config=config)
        made = declare(image=IMAGE, imageArchive=path)
        return made.resources["registry-image"].inputs["triggers"]

    assert triggers("1") == {"imageArchive": "sha256:1"}
    assert triggers("2") == {"imageArchive": "sha256:2"}, "the provider compares names only"
    assert "triggers" not in declare(image=IMAGE).resources["registry-image"].inputs


def test_unreadable_archive_has_empty_trigger(tmp_path: Path) -> None:
    made = declare(image=IMAGE, imageArchive=str(tmp_path / "missing.tar"))
    assert made.resources["registry-image"].inputs["triggers"] == {"imageArchive": ""}, (
        "the preflight check reports it"
    )
