"""Long functions, modules and READMEs are reported."""

from __future__ import annotations

import pytest

from tools.sizes import find_long, main

LONG = "\n".join(["async def longer():", *["    pass"] * 60])
SHORT = "\n".join(["def as_long():", *["    pass"] * 59])


def test_long_function() -> None:
    assert list(find_long("tests/x.py", f"{SHORT}\n{LONG}\n")) == [
        "tests/x.py:61: longer has 61 lines, more than 60. Split the function."
    ]


@pytest.mark.parametrize(
    ("name", "lines", "reported"),
    [
        ("components/x.py", 300, False),
        ("components/x.py", 301, True),
        ("tests/x.py", 301, False),
        ("components/pack_registry_args.py", 301, False),
        ("README.md", 150, False),
        ("README.md", 151, True),
        ("docs/README.md", 151, False),
    ],
)
def test_long_file(name: str, lines: int, reported: bool) -> None:
    found = list(find_long(name, "\n" * lines))
    assert [sentence.split(",")[0] for sentence in found] == [f"{name}: {lines} lines"] * reported


def test_this_project(capsys: pytest.CaptureFixture[str]) -> None:
    assert (main(), capsys.readouterr().out) == (0, "")
