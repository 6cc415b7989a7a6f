"""The package needs neither Docker nor an engine here."""

from tests.support.unit import clean_environment, event_loop, isolated

__all__ = ["clean_environment", "event_loop", "isolated"]
