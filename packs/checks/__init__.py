"""Checks of packs before they are pushed.

Each module checks one thing of a pack, and adds its issues to a report. No check changes a file,
follows a link out of the pack, or raises an error for what a file contains.
"""

from packs.checks.inspection import check_packs, inspect_packs
from packs.checks.report import Issue, Severity

__all__ = ["Issue", "Severity", "check_packs", "inspect_packs"]
