"""The order of versions."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packs.versions import version_key


@pytest.mark.parametrize(
    "ordered",
    [
        ["0.9.0", "0.10.0", "1.0.0", "1.0.1", "1.1", "10.0.0"],
        ["1.0.0-alpha", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc1", "1.0.0", "1.0.0-rev2"],
        ["v1.2.9", "v1.2.10", "1.3.0"],
        ["0.30.0-5.5.2026", "0.30.0-6.1.2026", "0.31.0"],
        ["", "nightly", "2"],
    ],
)
def test_order(ordered: list[str]) -> None:
    shuffled = random.Random(1).sample(ordered, len(ordered))
    assert sorted(shuffled, key=version_key) == ordered


@given(st.lists(st.text(), unique=True))
def test_every_text_has_a_place(versions: list[str]) -> None:
    newest_first = sorted(versions, key=version_key, reverse=True)
    assert sorted(newest_first, key=version_key) == newest_first[::-1]


def test_long_number() -> None:
    assert version_key("9" * 10_000) > version_key("1")
