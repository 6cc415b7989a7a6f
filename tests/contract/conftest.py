"""The contract's tests need neither Docker nor an engine."""

from tests.support.unit import clean_environment, event_loop, isolated

__all__ = ["clean_environment", "event_loop", "isolated"]
