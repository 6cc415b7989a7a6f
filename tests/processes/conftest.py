"""Isolation that all unit tests share."""

from tests.support.unit import clean_environment, default, event_loop, http, isolated

__all__ = ["clean_environment", "default", "event_loop", "http", "isolated"]
