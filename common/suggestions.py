"""Suggestions for misspelled names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str], similarity: float = 0.6) -> str:
    """Suggest the known name that is most similar.

    :param similarity: from 0 to 1. Names that are less similar are not suggested.
    :returns: ``Did you mean "NAME"?``, or an empty string if none is similar enough.
    """
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=similarity)
    return f'Did you mean "{near[0]}"?' if near else ""
