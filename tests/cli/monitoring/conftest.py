"""Fixtures for the tests of monitoring: isolation, and registries with metrics."""

from tests.support.unit import clean_environment, event_loop, isolated

__all__ = ["clean_environment", "event_loop", "isolated"]
