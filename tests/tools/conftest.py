"""Isolation that all unit tests share."""

from tests.support.unit import default, event_loop, http, switched_off

__all__ = ["default", "event_loop", "http", "switched_off"]
