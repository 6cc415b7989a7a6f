"""Fixtures of all tests of the component: no Docker host, no engine, no environment variables."""

from tests.unit.conftest import event_loop, switched_off

__all__ = ["event_loop", "switched_off"]
