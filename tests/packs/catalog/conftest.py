"""Isolation that all unit tests share."""

from tests.support.unit import default, event_loop, http, isolated

__all__ = ["default", "event_loop", "http", "isolated"]
