"""``docs/reference/errors.md``: the errors that the source raises.

A message is the text of the source. ``<name>`` is an inserted value.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tools.docs.markdown import page

ROOT = Path(__file__).resolve().parent.parent.parent

INTRODUCTION = """
This page lists the messages of the program by their origin.
`<name>` and `...` are values that the program inserts.
A message about a setting starts with its key. A message about a secret never contains its value.
[Troubleshooting](../how-to/troubleshooting.md) describes how to fix the most frequent ones.
"""

SECTIONS = {
    "Settings": ("common", "components/settings", "components/validation.py"),
    "Conflicts between settings": ("components/*/conflicts.py", "components/*/*/conflicts.py"),
    "Certificates and passwords": ("components/tls", "components/users"),
    "Docker host": ("components/docker",),
    "Kubernetes cluster": ("components/kubernetes",),
    "Verification": ("components/verification",),
    "Component": ("components/*.py", "components/servers"),
    "Commands": ("cli",),
    "Trials": ("trial",),
    "Policy configuration": ("policy",),
    "Registration in Palette": ("palette",),
}
"""Each section with its files and directories; a file is in the first section that names it."""

MAX_LENGTH = 400
"""A longer message shows a whole file."""

MIN_WORDS = 4
"""A shorter text is a part of a message."""


SNAPSHOTS = ROOT / "tests" / "components" / "settings" / "__snapshots__" / "test_invalid_settings"
"""The reviewed messages about wrong settings, as the program prints them."""

EXAMPLES = """
All wrong settings are reported at once.
This is one message for each setting, as the program prints it.
"""


def render() -> str:
    """Render the page."""
    lines = "\n".join(f"- {_code(message)}" for message in invalid_values())
    parts = [INTRODUCTION, "## Invalid values", EXAMPLES, lines]
    seen: set[Path] = set()
    for title, places in SECTIONS.items():
        messages = []
        for path in _files(places):
            if path not in seen:
                seen.add(path)
                messages += list(messages_of(path))
        if messages:
            lines = "\n".join(f"- {_code(text)}" for text in dict.fromkeys(messages))
            parts += [f"## {title}", lines]
    return page("Errors", *parts)


def invalid_values() -> Iterator[str]:
    """One message about an invalid value of each setting, from the reviewed snapshots."""
    seen: set[str] = set()
    for name in ("invalid", "invalid_server", "invalid_certificates"):
        text = (SNAPSHOTS / f"test_messages[{name}].txt").read_text(encoding="utf-8")
        for message in re.findall(r"^  - (.+)$", text, re.MULTILINE):
            key = re.sub(r"\[\d+\]", "[]", re.split(r"[: ]", message, maxsplit=1)[0])
            if key not in seen and len(message) < MAX_LENGTH:
                seen.add(key)
                yield message


def _files(places: tuple[str, ...]) -> Iterator[Path]:
    for place in places:
        for path in sorted(ROOT.glob(place)):
            yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def messages_of(path: Path) -> Iterator[str]:
    """The messages of a module: strings of errors that it creates, and strings that it yields."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        texts: list[ast.expr] = []
        if isinstance(node, ast.Call) and _name(node.func).endswith(("Error", "Conflict", "Issue")):
            texts = [*node.args, *(keyword.value for keyword in node.keywords)]
        elif isinstance(node, ast.Yield) and node.value is not None:
            texts = [node.value]
        for text in texts:
            message = " ".join(_text(text).split())
            if len(re.findall(r"[A-Za-z]+", re.sub(r"<\w+>", "", message))) >= MIN_WORDS:
                yield message


def _text(node: ast.expr) -> str:
    """A string expression with its inserted values as ``<name>``; empty for other expressions."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(
            _text(part) if isinstance(part, ast.Constant) else _inserted(part)
            for part in node.values
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left) + (_text(node.right) or _inserted(node.right))
    return ""


def _inserted(node: ast.AST) -> str:
    """``<name>`` for an inserted value, ``...`` for an expression without a name."""
    if isinstance(node, ast.FormattedValue | ast.Subscript | ast.Await):
        return _inserted(node.value)
    if isinstance(node, ast.Name):
        return f"<{node.id.strip('_').lower()}>"
    if isinstance(node, ast.Attribute):
        return f"<{node.attr.lower()}>"
    if isinstance(node, ast.Call) and len(node.args) == 1:
        return _inserted(node.args[0])
    return "..."


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _code(text: str) -> str:
    """The text as code, with a fence that it does not contain."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"
