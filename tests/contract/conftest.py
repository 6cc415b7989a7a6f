"""The contract's tests need neither Docker nor an engine."""

from tests.support.unit import event_loop, switched_off

__all__ = ["event_loop", "switched_off"]
