"""Variables on the command line of make that the Makefile does not know."""

from __future__ import annotations

from collections.abc import MutableMapping

from cli.console import CommandError
from common.suggestions import did_you_mean

KNOWN, UNKNOWN = "MAKE_KNOWN", "MAKE_UNKNOWN"
"""Names of variables, separated by spaces. The Makefile sets them."""
_SIMILARITY = 0.7


def refuse_misspelled(environment: MutableMapping[str, str]) -> None:
    """Refuse a variable that is similar to one of the Makefile.

    Others may be for a program, such as AWS_PROFILE: make hands all of them over.

    :raises CommandError: if a variable is similar to a known one.
    """
    known = environment.pop(KNOWN, "").split()
    for name in environment.pop(UNKNOWN, "").split():
        upper = name.upper().replace("-", "_")
        longer = [each for each in known if len(upper) > 2 and each.startswith(upper)]
        suggestion = did_you_mean(upper, longer or known, 0 if longer else _SIMILARITY)
        if suggestion:
            raise CommandError(f"Unknown variable {name}. {suggestion}")
