"""Nothing in a file raises an error: random bytes, random changes, random structures."""

from __future__ import annotations

import gzip
import json
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from packs.checks import Severity
from packs.checks.json_text import read_json
from tests.packs.checks.building import (
    CHART_YAML,
    MANIFEST,
    METADATA,
    build,
    chart,
    inspect,
    pack_json,
    png,
)
from tests.packs.checks.valid_packs import TEMPLATE

FILES: dict[str, bytes] = {
    "pack.json": pack_json().encode(),
    "values.yaml": b'a: &a [1, {b: "c"}]\nd: *a\ne: |\n  {{ .x }}\n',
    "logo.png": png(),
    "README.md": b"# Hello\n",
    "presets.yaml": b"presets:\n- name: a\n  displayName: A\n  add: |\n    a: 1\n",
    "schema.yaml": b"a:\n  schema: '{{ required }}'\n",
    "manifests/hello.yaml": (MANIFEST + "---\n" + TEMPLATE).encode(),
    "charts/hello-1.0.0.tgz": chart(),
}
VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def check(name: str, content: bytes) -> None:
    """Check a pack with one changed file. Its messages can be printed."""
    with tempfile.TemporaryDirectory() as directory:
        build(Path(directory) / "pack", {**FILES, name: content})
        for issue in inspect(Path(directory), "pack"):
            assert str(issue).isprintable()
            assert issue.severity in Severity
            if issue.file.name == Path(name).name and issue.line:
                # YAML has more ends of lines than JSON.
                lines = content.decode(errors="replace").splitlines()
                assert 1 <= issue.line <= len(lines) + 1
            assert len(str(issue)) < 2000


@pytest.mark.parametrize("name", FILES)
@given(content=st.binary(max_size=200))
def test_random_bytes(name: str, content: bytes) -> None:
    check(name, content)


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
def test_random_changes(name: str, data: st.DataObject) -> None:
    content = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content)))
        removed = data.draw(st.integers(0, 8))
        content[at : at + removed] = data.draw(st.binary(max_size=8))
    check(name, bytes(content))


@given(data=st.data())
def test_random_changes_of_unpacked_chart(data: st.DataObject) -> None:
    content = bytearray(gzip.decompress(chart(CHART_YAML)))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, 1024))
        inserted = data.draw(st.binary(min_size=1, max_size=12))
        content[at : at + len(inserted)] = inserted
    check("charts/hello-1.0.0.tgz", gzip.compress(bytes(content)))


@given(changes=st.dictionaries(st.sampled_from([*METADATA, "cloudType", "x"]), VALUES))
def test_random_metadata(changes: dict[str, Any]) -> None:
    check("pack.json", pack_json(**changes).encode("utf-8", "surrogatepass"))


@given(value=VALUES)
def test_random_json_has_lines_of_all_values(value: Any) -> None:
    text = json.dumps(value, indent=1)
    assume(not re.search(r"NaN|Infinity|\d{300}", text))
    document = read_json(text)
    assert document.repeated == ()
    pending: list[tuple[tuple[Any, ...], Any]] = [((), document.value)]
    while pending:
        path, item = pending.pop()
        line = text.splitlines()[document.lines[path] - 1] if text.isascii() else ""
        if path and isinstance(path[-1], str):
            assert json.dumps(path[-1]) in line
        children = (
            item.items()
            if isinstance(item, dict)
            else enumerate(item)
            if isinstance(item, list)
            else ()
        )
        pending += [((*path, key), child) for key, child in children]


@given(text=st.text(alphabet="{}[]&*a:- \n\t|>'\"#!%@,?<1", max_size=60))
def test_random_yaml(text: str) -> None:
    check("values.yaml", text.encode())
    check("manifests/hello.yaml", text.encode())
