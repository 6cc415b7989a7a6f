"""The page about the architecture, compared with the code."""

from __future__ import annotations

import re

from cli.paths import ROOT

PAGE = ROOT / "docs" / "explanation" / "architecture.md"


def test_storage_kind_section_names_every_place() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("### A new storage kind")[2]
    named = set(re.findall(r"`([\w/]+\.py)`", section))
    places = {
        str(path.relative_to(ROOT))
        for package in ("backup", "cli", "components", "package", "trial")
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"\bStorageKind\.|\bFILESYSTEM_KINDS\b", path.read_text(encoding="utf-8"))
    }
    assert places - named == set()
