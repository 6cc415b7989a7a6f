"""Secrets in the files of a pack: everybody who can pull the pack can read them.

No message shows a secret.
"""

from __future__ import annotations

from packs.checks.archive import Archive
from packs.checks.files import PackFiles
from packs.checks.report import Report
from packs.checks.secret_patterns import find_secrets
from packs.checks.seen import SeenContents
from packs.checks.text import shown

CHARTS = "charts/"
"""Charts are often the work of others, with keys for their own tests: a finding is a warning."""

_without_secrets = SeenContents()


def check_secrets(files: PackFiles, report: Report) -> None:
    """Report secrets in all files. The check of charts reads archives."""
    for name in sorted(files.files):
        content = files.read(name)
        if content is None:
            continue
        for position, noun in _find(content):
            line = content.count(b"\n", 0, position) + 1
            is_comment = _is_comment(content, position)
            is_certain = not (is_comment or name.startswith(CHARTS))
            add = report.error if is_certain else report.warning
            place = " in a comment" if is_comment else ""
            message = f"The file has {noun}{place}. Remove it, and revoke it if others had it."
            add(name, message, line)


def report_archive_secrets(name: str, archive: Archive, report: Report) -> None:
    """Report secrets in a chart archive."""
    for member in archive.members:
        content = archive.data[member.start : member.start + member.size]
        for position, noun in _find(content):
            line = content.count(b"\n", 0, position) + 1
            report.warning(name, f"{shown(member.name)} in the archive, line {line}: has {noun}.")


def _find(content: bytes) -> list[tuple[int, str]]:
    digest = _without_secrets.digest(content)
    if digest is None:
        return []
    found = list(find_secrets(content))
    if not found:
        _without_secrets.add(digest)
    return found


def _is_comment(content: bytes, position: int) -> bool:
    """Whether a position is in a line that starts with ``#``: an example in YAML."""
    start = content.rfind(b"\n", 0, position) + 1
    return content[start:position].lstrip().startswith(b"#")
