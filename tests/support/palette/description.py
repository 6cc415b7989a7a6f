"""Validates requests and responses against ``api_description.yaml``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).parent / "api_description.yaml"
_UID = "[0-9a-f]{24}"
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"
_PYTHON_TYPES: dict[str, type] = {"integer": int, "boolean": bool, "object": dict}
_STRINGS = ("string", "password", "time")


@dataclass(frozen=True)
class Field:
    """A field of a type, or a type alone."""

    type: str
    required: bool
    always: bool

    @classmethod
    def parse(cls, text: str) -> Field:
        name, *flags = re.split(r" (?=required|always)", text)
        return cls(name, "required" in flags, "always" in flags)


@dataclass(frozen=True)
class Operation:
    """A method and a path of the API."""

    method: str
    path: str
    """With ``{uid}`` in place of a UID."""
    query: Mapping[str, Field]
    body: str | None
    responses: Mapping[int, str | None]

    @property
    def pattern(self) -> str:
        return re.escape(self.path).replace(r"\{uid\}", f"(?P<uid>{_UID})")


@dataclass(frozen=True)
class ApiDescription:
    """Types and operations of the API."""

    types: Mapping[str, Mapping[str, Field]]
    operations: tuple[Operation, ...]

    def find(self, method: str, path: str) -> tuple[Operation, str] | None:
        """Return the operation of a request, and the UID in its path or an empty string."""
        for operation in self.operations:
            match = re.fullmatch(operation.pattern, path)
            if match and operation.method == method:
                return operation, match.groupdict().get("uid", "")
        return None

    def request_errors(
        self, operation: Operation, query: Mapping[str, str], body: Any
    ) -> list[str]:
        """Return what is not as described in a request."""
        errors = [f"query.{name}: unknown" for name in query if name not in operation.query]
        for name, value in query.items():
            if name in operation.query:
                errors += self._query_errors(operation.query[name].type, value, f"query.{name}")
        if operation.body is None:
            return errors + (["body: unknown"] if body is not None else [])
        return errors + list(self._errors(operation.body, body, "body", is_response=False))

    def response_errors(self, operation: Operation, status: int, body: Any) -> list[str]:
        """Return what is not as described in a response. Errors have the type ``Error``."""
        if status >= 400:
            return list(self._errors("Error", body, "body", is_response=True))
        if status not in operation.responses:
            return [f"status {status}: unknown"]
        name = operation.responses[status]
        if name is None:
            return ["body: unknown"] if body is not None else []
        return list(self._errors(name, body, "body", is_response=True))

    def without_empty(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Leave out the empty fields of a response, as Palette's server does."""
        result = {}
        for key, field in self.types[name].items():
            value = body.get(key, _empty(field.type) if field.always else None)
            if isinstance(value, Mapping) and field.type in self.types:
                value = self.without_empty(field.type, value)
            item = field.type.removeprefix("list of ")
            if isinstance(value, list) and item in self.types:
                value = [self.without_empty(item, element) for element in value]
            if value or field.always or field.required:
                result[key] = value
        return result

    def _query_errors(self, name: str, value: str, place: str) -> Iterator[str]:
        if name == "integer":
            valid = value.isdecimal()
        elif name == "boolean":
            valid = value in ("true", "false")
        else:
            yield from self._errors(name, value, place, is_response=False)
            return
        if not valid:
            yield f"{place}: not of type {name}"

    def _errors(self, name: str, value: Any, place: str, *, is_response: bool) -> Iterator[str]:
        if name in self.types:
            yield from self._object_errors(name, value, place, is_response=is_response)
        elif name.startswith("list of "):
            if not isinstance(value, list):
                yield f"{place}: not a list"
                return
            for number, item in enumerate(value):
                inner = name.removeprefix("list of ")
                yield from self._errors(inner, item, f"{place}[{number}]", is_response=is_response)
        elif not _is_valid(name, value):
            yield f"{place}: not of type {name}"

    def _object_errors(
        self, name: str, value: Any, place: str, *, is_response: bool
    ) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{place}: not an object"
            return
        fields = self.types[name]
        yield from (f"{place}.{key}: unknown" for key in value if key not in fields)
        for key, field in fields.items():
            inner = f"{place}.{key}"
            if key not in value:
                if field.required or (is_response and field.always):
                    yield f"{inner}: missing"
            elif is_response and not (value[key] or field.always or field.required):
                yield f"{inner}: empty, so it must be left out"
            else:
                yield from self._errors(field.type, value[key], inner, is_response=is_response)


def _is_valid(name: str, value: Any) -> bool:
    if name == "map of string":
        return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    if name.startswith("one of "):
        return value in name.removeprefix("one of ").split(", ")
    if name in _STRINGS:
        is_string = isinstance(value, str)
        return is_string and (name != "time" or re.fullmatch(_TIME, value) is not None)
    return type(value) is _PYTHON_TYPES[name]


def _empty(name: str) -> Any:
    return "" if name in _STRINGS else _PYTHON_TYPES[name]()


@cache
def load_description() -> ApiDescription:
    """Read the description."""
    document = yaml.safe_load(_FILE.read_text())
    types = {
        name: {key: Field.parse(text) for key, text in fields.items()}
        for name, fields in document["types"].items()
    }
    operations = []
    for name, operation in document["operations"].items():
        method, path = name.split()
        query = {key: Field.parse(text) for key, text in operation.get("query", {}).items()}
        body, responses = operation.get("body"), operation["responses"]
        operations.append(Operation(method, path, query, body, responses))
    return ApiDescription(types, tuple(operations))
