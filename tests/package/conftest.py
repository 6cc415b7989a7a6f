"""The package needs neither Docker nor an engine here."""

from tests.support.unit import event_loop, isolated

__all__ = ["event_loop", "isolated"]
