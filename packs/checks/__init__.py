"""Checks of packs before they are pushed.

Belongs here: one module for each concern of a pack, which adds its issues to a report. No check
changes a file, follows a link out of the pack, or raises an error for what a file contains.
Does not belong here: the push itself (``packs/publish.py``).
"""

from packs.checks.inspection import check_packs, inspect_packs
from packs.checks.report import Issue, Severity

__all__ = ["Issue", "Severity", "check_packs", "inspect_packs"]
