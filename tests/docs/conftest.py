"""Isolation that all unit tests share."""

from tests.support.unit import event_loop, switched_off

__all__ = ["event_loop", "switched_off"]
