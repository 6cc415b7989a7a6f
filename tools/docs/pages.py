"""The generated pages by their names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tools.docs import commands, errors, example, outputs, policies, servers, settings

ROOT = Path(__file__).resolve().parent.parent.parent

PAGES: dict[str, Callable[[], str]] = {
    "Pulumi.example.yaml": example.render,
    "docs/reference/settings.md": settings.render,
    "docs/reference/outputs.md": outputs.render,
    "docs/reference/servers.md": servers.render,
    "docs/reference/policies.md": policies.render,
    "docs/reference/commands.md": commands.render,
    "docs/reference/errors.md": errors.render,
}


def render_pages() -> dict[str, str]:
    """Render every generated page."""
    return {name: render() for name, render in PAGES.items()}
