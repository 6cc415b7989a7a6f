"""The port with metrics, and receivers of notifications: changes replace the server once."""

from __future__ import annotations

import requests

from tests.live.conftest import Factory
from tests.support.docker import free_port, inspect
from tests.support.registry import expect_guides_answers


def metrics(port: int) -> str:
    return requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text


def test_metrics(new_registry: Factory) -> None:
    registry = new_registry()
    registry.up()
    before = inspect(registry.stack_name)["Id"]
    first, second = free_port(), free_port()
    registry.write(metrics={"port": first})
    expect_guides_answers(registry.up())
    assert "registry_http_" in metrics(first)
    after = inspect(registry.stack_name)["Id"]
    assert after != before
    registry.expect_settled()
    endpoint = {"name": "audit", "url": "https://audit.example.com/events"}
    registry.write(
        metrics={"port": second},
        bindAddresses=["::1"],
        notifications={
            "endpoints": [{**endpoint, "headers": {"Authorization": "Bearer abcdefgh"}}]
        },
    )
    expect_guides_answers(registry.up())
    assert "the headers of receivers" in registry.said
    assert "registry_http_" in metrics(second)
    assert inspect(registry.stack_name)["Id"] != after
    registry.expect_settled()
