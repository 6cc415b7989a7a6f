"""``python -m tools.docs`` writes the generated pages that are stale."""

from __future__ import annotations

import sys

from tools.docs.pages import ROOT, render_pages


def main() -> None:
    """Write each stale page and print its name."""
    for name, text in render_pages().items():
        path = ROOT / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            sys.stdout.write(f"{name} renewed\n")


if __name__ == "__main__":
    main()
