"""Wrong values of a mirror hide none of its conflicts."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.components.settings.data_loader import with_hostname
from tests.components.settings.rejection import rejected, sentences

URL = "https://central.example.com"
CONFLICTS: list[tuple[dict[str, Any], set[str]]] = [
    ({"url": f"{URL}/packs"}, {"url"}),
    ({"url": "https://localhost:8443"}, {"url"}),
    ({"onDemand": False}, {"onDemand", "interval"}),
    ({"tags": "^1[.]"}, {"tags", "interval"}),
    ({"username": "mirror"}, {"username", "password"}),
    ({"password": "MARKER"}, {"username", "password"}),
]
"""A mirror's settings, and those that its conflict is about."""
WRONG: dict[str, Any] = {
    "url": "ftp://central.example.com",
    "repositories": ["packs/*"],
    "onDemand": 2,
    "interval": "daily",
    "tags": "(1",
    "username": "a:b",
    "password": [1],
    "caPem": "MARKER",
    "colour": "red",
}


def found(mirror: dict[str, Any]) -> list[str]:
    settings = {"flavor": "oci", "zot": {"mirrors": [{"url": URL, **mirror}]}}
    return sentences(rejected(with_hostname(settings)))


@pytest.mark.parametrize(("mirror", "about"), CONFLICTS, ids=lambda each: str(sorted(each)))
def test_conflicts_next_to_wrong_values(mirror: dict[str, Any], about: set[str]) -> None:
    (conflict,) = found(mirror)
    others = sorted(set(WRONG) - about)
    for number in (1, 2, len(others)):
        for names in itertools.combinations(others, number):
            wrong = {name: WRONG[name] for name in names}
            assert conflict in found(mirror | wrong), names
