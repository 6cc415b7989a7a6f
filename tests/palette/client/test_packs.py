"""The packs of a registry that Palette lists."""

from __future__ import annotations

import pytest

from palette.client.api import newest_version_of
from palette.client.errors import PaletteError
from palette.client.http import PaletteClient
from palette.client.retry import RetryPolicy
from tests.support.palette.stub import API_KEY, PaletteStub

POLICY = RetryPolicy(attempts=1, backoff=0.01)
SEARCH = "/v1/packs/search"


def newest(api: PaletteStub) -> dict[str, str]:
    client = PaletteClient(api.host, API_KEY, retry_policy=POLICY)
    return client.newest_versions(api.add("packs"), "packs")


@pytest.mark.parametrize(("number", "requests"), [(0, 1), (1, 1), (49, 1), (50, 2), (120, 3)])
def test_all_pages(api: PaletteStub, number: int, requests: int) -> None:
    api.newest = {f"pack-{each}": f"1.{each}.0" for each in range(number)}
    assert newest(api) == api.newest
    assert api.count("POST", SEARCH) == requests


def test_failure(api: PaletteStub) -> None:
    api.fail("POST", SEARCH, 403)
    with pytest.raises(PaletteError, match="a request to list the packs of packs"):
        newest(api)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"name": "a"}, ("a", "")),
        ({"name": "a", "registries": [None, {"uid": "other", "latestVersion": "1"}]}, ("a", "")),
        ({"name": "a", "registries": [{"uid": "uid"}]}, ("a", "")),
        ({"name": "a", "registries": [{"uid": "uid", "latestVersion": "2"}]}, ("a", "2")),
        (None, ("", "")),
    ],
)
def test_missing_fields(spec: object, expected: tuple[str, str]) -> None:
    assert newest_version_of({"spec": spec}, "uid") == expected
