"""Fixtures for the tests of monitoring: isolation, and registries with metrics."""

from tests.support.unit import event_loop, isolated

__all__ = ["event_loop", "isolated"]
