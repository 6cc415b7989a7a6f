"""Values of `server.extra` whose section or key exists."""

from __future__ import annotations

from typing import Any

import pytest

from components.validation import validate_settings
from tests.components.settings.data_loader import HOSTNAME

COMPLETE: dict[str, dict[str, Any]] = {
    "redis": {
        "storage": {"cache": {"blobdescriptor": "redis"}},
        "redis": {"addrs": ["redis:6379"]},
    },
    "redis of Distribution 2": {
        "storage": {"cache": {"blobdescriptor": "redis"}},
        "redis": {"addr": "redis:6379"},
    },
    "redis without cache": {"redis": {"addrs": ["redis:6379"]}},
    "no cache": {"storage": {"cache": {"blobdescriptor": ""}}},
    "redirect": {"storage": {"redirect": {"disable": False}}},
    "health": {"health": {"http": [{"uri": "https://a"}], "tcp": [{"addr": "a:1"}], "file": []}},
    "mail": {"log": {"hooks": [{"type": "mail", "options": {"smtp": {"addr": "a:25"}}}]}},
    "disabled hook": {"log": {"hooks": [{"disabled": True}]}},
    "middleware": {
        "middleware": {"storage": [{"name": "redirect", "options": {"baseurl": "https://a"}}]}
    },
    "unknown middleware": {"middleware": {"storage": [{"name": "own"}, "x"], "registry": {}}},
    "proxy": {"proxy": {"remoteurl": "https://registry-1.docker.io", "username": "ci"}},
}


@pytest.mark.parametrize("name", COMPLETE)
def test_complete_reference_accepted(name: str) -> None:
    raw = {"hostname": HOSTNAME, "server": {"extra": COMPLETE[name]}}
    assert validate_settings(raw, "stack test").server.extra == COMPLETE[name]
