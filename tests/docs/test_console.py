"""How ``console`` blocks are read. ``tests/engine`` and ``tests/trial`` run them."""

from __future__ import annotations

from tests.support.console import PAGES, commands, console_blocks, matches
from tests.support.markdown import Block


def test_prompts_continue_and_output_follows() -> None:
    block = Block("console", ["$ cat <<X", "> a", "> X", "a", "$ true"])
    assert [(each.text, each.output) for each in commands(block)] == [
        ("cat <<X\na\nX", ["a"]),
        ("true", []),
    ]


def test_dots_match_any_output() -> None:
    assert matches(["a", "...", "c"], "a\nb\nb\nc\n")
    assert matches(["..."], "")
    assert not matches(["a"], "a\nb\n")
    assert not matches([], "unexpected")


def test_every_page_has_commands() -> None:
    assert [page for page in PAGES if not console_blocks(page)] == []
