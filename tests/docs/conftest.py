"""Isolation that all unit tests share."""

from tests.support.unit import clean_environment, event_loop, isolated

__all__ = ["clean_environment", "event_loop", "isolated"]
