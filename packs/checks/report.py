"""Issues of packs: where each one is, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from packs.checks.text import printable


class Severity(StrEnum):
    """Whether an issue refuses a pack."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Issue:
    """An issue of a file.

    Its text can be printed: it has no control characters and no secret.
    """

    file: Path
    line: int | None
    """Number of the line, from 1. None if the issue is about the whole file."""
    message: str
    pack: Path = Path()
    """Directory of the pack."""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """Return the issue as compilers print it: ``FILE:LINE: MESSAGE``."""
        place = self.shown_file + (f":{self.line}" if self.line else "")
        kind = "warning: " if self.severity is Severity.WARNING else ""
        return f"{place}: {kind}{self.message}"

    @property
    def shown_file(self) -> str:
        """The path of the file, as a terminal can print it."""
        return printable(str(self.file))

    @property
    def shown_pack(self) -> str:
        """The directory of the pack, as a terminal can print it."""
        return printable(str(self.pack))

    def sort_key(self) -> tuple[str, str, int, str]:
        """Return what the order of issues depends on."""
        return str(self.pack), str(self.file), self.line or 0, self.message


class Report:
    """Collects the issues of one pack."""

    def __init__(self, pack: Path) -> None:
        """Start without issues.

        :param pack: directory of the pack.
        """
        self.pack = pack
        self.issues: list[Issue] = []

    def error(self, file: str, message: str, line: int | None = None) -> None:
        """Add an issue that refuses the pack.

        :param file: path of the file in the pack.
        """
        self.issues.append(Issue(self.pack / file, line, message, self.pack))

    def warning(self, file: str, message: str, line: int | None = None) -> None:
        """Add an issue that does not refuse the pack."""
        self.issues.append(Issue(self.pack / file, line, message, self.pack, Severity.WARNING))
