"""Symbolic links: the archive of a pack contains no file outside of it."""

from __future__ import annotations

from packs.checks.files import PackFiles
from packs.checks.report import Report


def check_links(files: PackFiles, report: Report) -> None:
    """Report links that lead out of the pack, and links to nothing."""
    for name in files.links:
        target = files.link_target(name)
        if target is None:
            report.error(name, "The link can't be read.")
            continue
        resolved = files.resolve(name)
        if target.startswith("/") or resolved is None:
            report.error(
                name,
                "The link leads out of the pack. Replace it with the file, or with a relative "
                "link to a file of the pack.",
            )
        elif resolved not in files.files and resolved not in files.directories:
            report.error(name, "The link leads to a file that does not exist. Remove the link.")
