"""Wrong packs: each issue has its file, its line and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from packs.checks import Severity
from tests.packs.checks.building import Changes, build, inspect, render
from tests.packs.checks.valid_packs import VALID
from tests.packs.checks.wrong_charts import ARCHIVES, CHART_FILES
from tests.packs.checks.wrong_files import FILES, LOGOS, PATHS, YAML
from tests.packs.checks.wrong_metadata import NAMES, SCHEMA, SYNTAX, WARNINGS
from tests.packs.checks.wrong_secrets import ENCRYPTED, LETTERS, OPENSSH, PKCS8, SECRETS

TABLES: dict[str, Mapping[str, Changes]] = {
    "syntax": SYNTAX,
    "schema": SCHEMA,
    "names": NAMES,
    "warnings": WARNINGS,
    "files": FILES,
    "paths": PATHS,
    "yaml": YAML,
    "logos": LOGOS,
    "archives": ARCHIVES,
    "chart-files": CHART_FILES,
    "secrets": SECRETS,
}
ONLY_WARNINGS = ("JPEG", "GIF", "WebP")


@pytest.mark.parametrize("table", TABLES)
def test_messages(table: str, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    text = render(tmp_path, TABLES[table])
    assert "\x1b" not in text
    assert str(tmp_path) not in text
    assert text == snapshot


@pytest.mark.parametrize("table", TABLES)
def test_every_case_is_refused(table: str, tmp_path: Path) -> None:
    for number, (case, changes) in enumerate(TABLES[table].items()):
        build(tmp_path / f"{number}", changes)
        severities = {issue.severity for issue in inspect(tmp_path, f"{number}")}
        is_warning = table == "warnings" or case in ONLY_WARNINGS or "warning" in case
        expected = Severity.WARNING if is_warning else Severity.ERROR
        assert expected in severities, case
        assert not is_warning or severities == {Severity.WARNING}, case


def test_no_message_shows_a_secret(tmp_path: Path) -> None:
    text = render(tmp_path, SECRETS)
    lines = [line for key in (PKCS8, OPENSSH, ENCRYPTED) for line in key.splitlines()[1:-1]]
    for secret in (LETTERS[:12], LETTERS.upper()[:12], *lines):
        assert secret not in text


@pytest.mark.parametrize("case", VALID)
def test_valid_pack(case: str, tmp_path: Path) -> None:
    build(tmp_path / "pack", VALID[case])
    unused = "No path in "
    issues = [each for each in inspect(tmp_path, "pack") if unused not in each.message]
    warns = ["addonType"] if case.startswith("layer") else []
    assert [each for each in issues if not any(word in each.message for word in warns)] == []
