"""The scrubber: removes secrets from every text that users see.

Errors (``common/errors.py``), the console of the commands (``cli/console.py``), Pulumi's log
(``common/pulumi_runtime.py``), logged messages and tracebacks (``common/redaction_hooks.py``) and
violations of policies call it. It knows secrets by their values (:func:`register_secrets`) and by
their shapes (``common/redaction_patterns.py``).
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from common.redaction_patterns import (
    HIDDEN,
    NAME_HINT,
    NAMED_PATTERNS,
    PATTERNS,
    SECRET_NAME,
    VALUE_PATTERNS,
)
from common.types.password_strength import is_common

MIN_KNOWN = 8
"""Characters of the shortest secret that is removed by its value.

A shorter one, or a common word such as "registry", occurs in ordinary sentences.
"""
_MAX_COMMON = 72
_MAX_VALUE = 2048
"""Characters of a value that are inspected. Messages show fewer."""

_lock = threading.Lock()
_known: set[str] = set()
_longest_first: list[str] = []
"""The registered secrets. A secret may contain another one."""


def redact(text: str) -> str:
    """Return a text without credentials, tokens and private keys.

    What remains still shows what kind of value it was, for example
    ``https://…@registry.example.com``. Ordinary sentences are unchanged.
    """
    text = _without_known(text)
    has_name = re.search(NAME_HINT, text)
    for pattern, replacement in PATTERNS:
        if has_name or pattern not in NAMED_PATTERNS:
            text = re.sub(pattern, replacement, text)
    return text


def redact_value(value: str) -> str:
    """Return one value that a user typed without what can be a secret, also if that removes more.

    A message quotes the result.
    """
    value = _without_known(value)[:_MAX_VALUE]
    for pattern, replacement in VALUE_PATTERNS:
        value = re.sub(pattern, replacement, value)
    return redact(value)


def redact_all(value: Any) -> Any:
    """Return lists and objects with all their strings redacted."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {key: redact_all(item) for key, item in value.items()}
    return [redact_all(item) for item in value] if isinstance(value, list) else value


def register_secrets(*values: Any) -> None:
    """Remember secrets, so that :func:`redact` removes them by their values.

    :param values: strings, or lists and objects of strings. Anything else is ignored.
    """
    global _longest_first  # noqa: PLW0603 - another thread may iterate over the old list
    new = {form for text in _strings(values) for form in _forms(text)} - _known
    if new:
        with _lock:
            _known.update(new)
            _longest_first = sorted(_known, key=lambda form: (-len(form), form))


_DIRECTORIES = ("PWD", "OLDPWD")
"""Variables of the shell that only look like passwords."""


def known_secrets() -> list[str]:
    """Return the registered secrets, for another process that writes messages."""
    with _lock:
        return sorted(_known)


def register_environment(environment: Mapping[str, str]) -> None:
    """Remember the variables that are secret by their names, such as PULUMI_CONFIG_PASSPHRASE."""
    for name, value in environment.items():
        if name not in _DIRECTORIES and re.fullmatch(SECRET_NAME, name, re.IGNORECASE):
            register_secrets(value)


def named_secrets(value: Any) -> Iterator[Any]:
    """Yield the values in an object of any depth that are secret by their names."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            is_secret = re.fullmatch(SECRET_NAME, str(name), re.IGNORECASE)
            yield from (item,) if is_secret else named_secrets(item)
    elif isinstance(value, list):
        for item in value:
            yield from named_secrets(item)


def forget_secrets() -> None:
    """Forget all secrets, so that one test does not change the messages of another."""
    global _longest_first  # noqa: PLW0603 - another thread may iterate over the old list
    with _lock:
        _known.clear()
        _longest_first = []


def _without_known(text: str) -> str:
    # Not one pattern of all secrets: a thousand passwords take a fifth of a second to compile.
    for form in _longest_first:
        if form in text:
            text = text.replace(form, HIDDEN)
    return text


def _strings(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            yield from _strings(value.values())
        elif isinstance(value, list | tuple | set | frozenset):
            yield from _strings(value)


def _forms(secret: str) -> Iterator[str]:
    """The forms in which a secret appears in messages: as it is, and escaped in JSON and URLs."""
    lines = secret.splitlines()
    for text in {secret, secret.strip(), *(lines if len(lines) > 1 else ())}:
        is_frame = text.startswith("-----")
        if len(text) < MIN_KNOWN or is_frame or (len(text) <= _MAX_COMMON and is_common(text)):
            continue
        yield text
        yield json.dumps(text)[1:-1]
        yield json.dumps(text, ensure_ascii=False)[1:-1]
        yield repr(text)[1:-1]
        yield quote(text, safe="", errors="replace")
