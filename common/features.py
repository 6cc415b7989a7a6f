"""What runs on the Docker host beside the declared resources, and the switches for it.

Unit tests turn them: a mocked Pulumi engine has no hooks, and a unit test has no Docker.
"""

from __future__ import annotations

CHECKS_ON = True
"""Whether the Docker host is checked before an update and the registry proven after it."""

HOOKS_ON = True
"""Whether the engine at hand can call back before it creates a resource."""
