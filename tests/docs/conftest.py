"""Isolation that all unit tests share."""

from tests.support.unit import event_loop, isolated

__all__ = ["event_loop", "isolated"]
