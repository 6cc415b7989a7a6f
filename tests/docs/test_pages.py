"""Every file, anchor, command and path that a page names exists."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.paths import ROOT
from policy.policies import POLICIES
from tests.support.markdown import anchors, blocks, links, pages, prose
from tools.docs.commands import VARIABLES, targets

PACKAGES = (
    "backup",
    "bench",
    "cli",
    "common",
    "components",
    "palette",
    "policy",
    "tests",
    "tools",
    "trial",
)

NAMES = [str(page.relative_to(ROOT)) for page in pages()]


@pytest.mark.parametrize("name", NAMES)
def test_links_resolve(name: str) -> None:
    page = ROOT / name
    broken = []
    for link in links(page):
        if link.startswith(("https://", "http://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


# The page of errors has placeholders instead of targets.
@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("errors.md")])
def test_make_targets_exist(name: str) -> None:
    known = {target.name for target in targets()} | {""}
    text = (ROOT / name).read_text()
    # A command is in code or in a block; prose such as "make a mistake" is not.
    found = re.findall(r"`([^`\n]+)`|^(?:    |\$ )(.+)$", text, re.MULTILINE)
    code = "\n".join("".join(parts) for parts in found)
    named = re.findall(r"\bmake(?: --silent)? ([a-z][a-z-]*)(?![\w/.])", code)
    assert set(named) - known == set()


@pytest.mark.parametrize("name", NAMES)
def test_paths_exist(name: str) -> None:
    top = "|".join((*PACKAGES, "docs", "dev_image"))
    named = re.findall(rf"`((?:{top})/[\w./*-]+)`", prose(ROOT / name))
    missing = [path for path in named if not list(ROOT.glob(path.rstrip("/")))]
    assert name == "CHANGELOG.md" or missing == []


def test_source_names_existing_pages() -> None:
    named = {
        (path.relative_to(ROOT), page)
        for package in PACKAGES
        if package != "tests"
        for path in (ROOT / package).rglob("*.py")
        if ".venv" not in path.parts
        for page in re.findall(r"\bdocs/[\w/-]+\.(?:md|yml|yaml)", path.read_text())
    }
    assert [f"{path}: {page}" for path, page in sorted(named) if not (ROOT / page).exists()] == []


def test_source_names_existing_paths() -> None:
    paths = [
        path
        for part in (*PACKAGES, "dev_image")
        for path in (ROOT / part).rglob("*.py")
        if ".venv" not in path.parts
    ]
    parts = "|".join((*PACKAGES, "docs", "dev_image"))
    named = {
        (path.relative_to(ROOT), name)
        for path in [*paths, *ROOT.glob("*.py")]
        for name in re.findall(rf"`((?:{parts})/[\w./-]+)`", path.read_text())
    }
    assert [f"{path}: {name}" for path, name in sorted(named) if not (ROOT / name).exists()] == []


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def test_every_page_is_linked() -> None:
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in pages()
        for link in links(page)
        if not link.startswith("http") and link.partition("#")[0]
    }
    assert [name for name in NAMES if (ROOT / name) not in linked | {ROOT / "README.md"}] == []


def test_index_has_every_page() -> None:
    index = ROOT / "docs" / "README.md"
    listed = {str((index.parent / link).resolve().relative_to(ROOT)) for link in links(index)}
    expected = {name for name in NAMES if name.startswith("docs/") and name != "docs/README.md"}
    assert listed - {"docs/examples"} == expected


def test_pages_with_pulumi_commands_name_variables() -> None:
    """Without the variables, a typed command finds neither the stack nor its passphrase."""
    target = "state-backend.md#use-the-pulumi-cli-directly"
    missing = [
        page.name
        for page in (ROOT / "docs").rglob("*.md")
        if re.search(r"^ {4,}pulumi ", page.read_text(), re.MULTILINE)
        and page.name != "state-backend.md"
        and not any(link.endswith(target) for link in links(page))
    ]
    assert missing == []


def test_examples_with_pulumi_commands_name_variables() -> None:
    missing = [
        path.name
        for path in (ROOT / "docs" / "examples").glob("*.yaml")
        if re.search(r"^# +pulumi ", path.read_text(), re.MULTILINE)
        and "docs/how-to/state-backend.md" not in path.read_text()
    ]
    assert missing == []


def test_every_variable_is_described() -> None:
    makefile = (ROOT / "Makefile").read_text()
    names = " ".join(re.findall(r"^(?:TEXTS|SWITCHES) := (.+)$", makefile, re.MULTILINE)).split()
    assert len(names) >= 12
    assert set(names) - set(VARIABLES) == set()


@functools.cache
def _source() -> str:
    """The strings of the source, one after the other."""
    return "\n".join(" ".join(text.split()) for text in _strings())


def _strings() -> Iterator[str]:
    """The strings of the source, with inserted values as ``...``."""
    for package in ("cli", "common", "components", "palette", "policy", "trial"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
                elif isinstance(node, ast.JoinedStr):
                    yield "".join(
                        str(part.value) if isinstance(part, ast.Constant) else "..."
                        for part in node.values
                    )


def _own_messages() -> list[str]:
    """The headings of the troubleshooting page that are messages of this program."""
    text = (ROOT / "docs" / "how-to" / "troubleshooting.md").read_text()
    section = text.partition("## Messages of `make` commands")[2].partition("\n## ")[0]
    return re.findall(r"^### `(.+)`$", section, re.MULTILINE)


@pytest.mark.parametrize("message", _own_messages())
def test_troubleshooting_quotes_real_messages(message: str) -> None:
    fragments = [part.strip(" .") for part in message.split("...") if part.strip(" .")]
    assert [part for part in fragments if part not in _source()] == []


def test_blocks_are_closed_and_known() -> None:
    languages = {"console", "mermaid", "yaml", "python"}
    unknown = {
        (page.name, block.language)
        for page in pages()
        for block in blocks(page)
        if block.language not in languages
    }
    assert unknown == set()
    odd = [page.name for page in pages() if page.read_text().count("\n```") % 2]
    assert odd == []


def test_mermaid_diagrams_have_a_known_type() -> None:
    known = ("flowchart", "graph", "sequenceDiagram", "xychart-beta")
    wrong = [
        page.name
        for page in pages()
        for block in blocks(page)
        if block.language == "mermaid" and not block.text.startswith(known)
    ]
    assert wrong == []


def test_picture_names_no_directory_of_a_machine() -> None:
    picture = (ROOT / "docs" / "images" / "up.svg").read_text()
    assert not re.search(r"/(root|home|Users|tmp)/|\.pulumi/bin", picture)
    assert "verified" in picture


def test_home_is_in_no_page() -> None:
    named = [page.name for page in pages() if str(Path.home()) + "/" in page.read_text()]
    assert named == []


def test_readme_counts_policies() -> None:
    assert f"{len(POLICIES)} policies" in (ROOT / "README.md").read_text()
