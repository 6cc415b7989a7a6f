"""The contract's tests need neither Docker nor an engine."""

from tests.support.unit import event_loop, isolated

__all__ = ["event_loop", "isolated"]
