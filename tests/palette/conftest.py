"""What the consumer's tests share with the program's: no Docker, no engine, a loop for outputs."""

from tests.support.unit import event_loop, isolated

__all__ = ["event_loop", "isolated"]
