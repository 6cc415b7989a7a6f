"""YAML with the lines of its values, without recursion and without replaced aliases.

The events of libyaml are read one by one: a file can't exhaust memory or the stack.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from packs.checks.limits import MAX_DEPTH, MAX_YAML_NODES
from packs.checks.text import TextError, printable, shown

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml if PyYAML was built with it. It is ten times as fast."""

_NUMBER = re.compile(r"[+-]?\.?\d[\d_.eE+-]*")


@dataclass(slots=True)
class Node:
    """A value of a document. An alias is a node without content."""

    line: int
    scalar: str | None = None
    is_quoted: bool = False
    is_block: bool = False
    """Whether the scalar starts on the next line, after ``|`` or ``>``."""
    items: list[Node] | None = None
    """The items of a list."""
    members: dict[str, Node] | None = None
    """The members of an object, by their keys. A key that is no scalar is left out."""
    size: int = 1
    """Values in it, after aliases are replaced."""

    @property
    def is_null(self) -> bool:
        """Whether it is null, for example an empty document."""
        return self.scalar in ("", "~", "null", "Null", "NULL") and not self.is_quoted

    @property
    def type_name(self) -> str:
        """The name of its type."""
        if self.members is not None:
            return "object"
        return "list" if self.items is not None else self._scalar_type

    @property
    def _scalar_type(self) -> str:
        if self.is_null:
            return "null"
        if self.scalar is None or self.is_quoted:
            return "string"
        is_boolean = self.scalar.lower() in ("true", "false")
        return "boolean" if is_boolean else "number" if _NUMBER.fullmatch(self.scalar) else "string"

    def text(self, key: str) -> str:
        """Return the scalar of a member; empty if there is none."""
        node = (self.members or {}).get(key)
        return node.scalar or "" if node and not node.is_null else ""


@dataclass
class YamlFile:
    """The documents of a file."""

    documents: list[Node] = field(default_factory=list)
    repeated: list[tuple[str, int]] = field(default_factory=list)
    """Keys that an object has already, with their lines."""


@dataclass(slots=True)
class _Open:
    """A list or object whose end is not reached yet."""

    node: Node
    anchor: str | None
    key: Node | None = None


def read_yaml(text: str) -> YamlFile:
    """Read all documents of a file.

    :raises TextError: if it is not YAML.
    """
    try:
        return _Reader().read(text)
    except yaml.reader.ReaderError as error:
        position = error.position
        at = text.encode().count(b"\n", 0, position) if position else 0
        raise TextError(f"Invalid YAML: {printable(str(error.reason))}.", at + 1) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise TextError(f"Invalid YAML: {_reason(text, error)}.", line) from None


def _reason(text: str, error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark
    if mark and error.problem and "cannot start any token" in error.problem:
        lines = text.splitlines()
        line = lines[mark.line] if mark.line < len(lines) else ""
        if line[mark.column : mark.column + 1] == "\t":
            return "a tab indents the line. Indent it with spaces"
        return f"{shown(line[mark.column : mark.column + 1])} can't start a value. Quote the value"
    parts = [part for part in (error.context, error.problem) if part]
    return printable(", ".join(parts)) or "the structure is not complete"


class _Reader:
    """Builds the documents from events."""

    def __init__(self) -> None:
        self._file = YamlFile()
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}

    def read(self, text: str) -> YamlFile:
        for event in _events(text):
            line = event.start_mark.line + 1
            if isinstance(event, yaml.ScalarEvent):  # most events
                is_block = event.style in ("|", ">")
                node = Node(line, event.value, bool(event.style), is_block)
                self._remember(event.anchor, node)
                self._add(node)
            elif isinstance(event, yaml.DocumentStartEvent):
                self._anchors = {}
            elif isinstance(event, yaml.AliasEvent):
                self._add(self._alias(event.anchor, line))
            elif isinstance(event, yaml.CollectionStartEvent):
                self._start(event, line)
            elif isinstance(event, yaml.CollectionEndEvent):
                ended = self._open.pop()
                self._remember(ended.anchor, ended.node)
                self._add(ended.node)
        return self._file

    def _start(self, event: Any, line: int) -> None:
        if len(self._open) == MAX_DEPTH:
            raise TextError(
                f"The file has more than {MAX_DEPTH} levels of lists and objects.", line
            )
        is_list = isinstance(event, yaml.SequenceStartEvent)
        node = Node(line, items=[]) if is_list else Node(line, members={})
        self._open.append(_Open(node, event.anchor))

    def _remember(self, anchor: str | None, node: Node) -> None:
        if anchor:
            self._anchors[anchor] = node

    def _alias(self, anchor: str | None, line: int) -> Node:
        name = shown(anchor or "")
        if any(anchor and each.anchor == anchor for each in self._open):
            raise TextError(f"Invalid YAML: the anchor {name} contains itself.", line)
        if anchor is None or anchor not in self._anchors:
            raise TextError(f"Invalid YAML: the alias {name} has no anchor.", line)
        return Node(line, size=self._anchors[anchor].size)

    def _add(self, node: Node) -> None:
        if not self._open:
            self._file.documents.append(node)
            return
        parent = self._open[-1]
        parent.node.size += node.size
        if parent.node.size > MAX_YAML_NODES:
            raise TextError(f"The file has more than {MAX_YAML_NODES:,} values.", node.line)
        if parent.node.items is not None:
            parent.node.items.append(node)
        elif parent.key is None:
            parent.key = node
        else:
            self._add_member(parent, parent.key, node)
            parent.key = None

    def _add_member(self, parent: _Open, key: Node, node: Node) -> None:
        members = parent.node.members
        if members is None or key.scalar is None:
            return
        if key.scalar in members and key.scalar != "<<":
            self._file.repeated.append((key.scalar, key.line))
        members[key.scalar] = node


def _events(text: str) -> Iterator[Any]:
    """Yield the events of a file. Asks for each event once, and yaml.parse asks twice."""
    loader = LOADER(text)
    try:
        yield from iter(loader.get_event, None)
    finally:
        loader.dispose()
