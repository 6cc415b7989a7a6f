"""The conversion of resources in the SDK, which the pack does once instead of once per policy."""

from __future__ import annotations

import inspect

import pytest
from google.protobuf import json_format, struct_pb2  # type: ignore[import-untyped]
from pulumi_policy import deserialize
from pulumi_policy import policy as sdk

from policy import conversion


def message(**values: str) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(values)
    return made


def test_messages_are_converted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    converted: list[struct_pb2.Struct] = []
    original = json_format.MessageToDict

    def convert(one: struct_pb2.Struct) -> object:
        converted.append(one)
        return original(one)

    monkeypatch.setattr(json_format, "MessageToDict", convert)
    last, first, second = conversion.LastMessage(), message(a="1"), message(a="1")
    results = [last.to_dict(one) for one in (first, first, second, first)]
    assert results == [{"a": "1"}] * 4
    assert [id(one) for one in converted] == [id(first), id(second), id(first)], (
        "equal messages are converted separately, because they may change"
    )


def test_sdk_converts_by_replaced_function(monkeypatch: pytest.MonkeyPatch) -> None:
    original = sdk.json_format  # type: ignore[attr-defined]
    monkeypatch.setattr(sdk, "json_format", original)
    conversion.convert_resources_once()
    assert sdk.json_format is not original, "the SDK's module has the name"  # type: ignore[attr-defined]
    source = inspect.getsource(sdk._PolicyAnalyzerServicer.Analyze)
    assert "json_format.MessageToDict(request.properties)" in source, "the SDK uses the name"
    used = {line.strip() for line in inspect.getsource(sdk).splitlines() if "json_format." in line}
    assert all("json_format.MessageToDict(" in line for line in used), "and nothing else of it"


def test_sdk_copies_converted_properties() -> None:
    converted = {"a": {"b": ["c"]}}
    copy = deserialize.deserialize_properties(converted, True)
    copy["a"]["b"][0] = "changed by a remediation"
    assert converted == {"a": {"b": ["c"]}}
