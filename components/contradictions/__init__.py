"""Settings that are each allowed but not together; every rule says which keys clash, why, and what to do.

Left out on purpose: what can only be seen on the Docker host (``components/preflight.py``).
"""

from collections.abc import Iterator

from components.contradictions.base import Contradiction
from components.contradictions.server import server_contradictions
from components.contradictions.storage import storage_contradictions
from components.contradictions.tls import tls_contradictions
from components.contradictions.users import user_contradictions
from components.model import Settings


def contradictions(settings: Settings, stack: str) -> Iterator[Contradiction]:
    """All contradictions within otherwise valid settings of a stack."""
    yield from tls_contradictions(settings)
    yield from user_contradictions(settings)
    yield from storage_contradictions(settings, stack)
    yield from server_contradictions(settings)


__all__ = ["Contradiction", "contradictions"]
