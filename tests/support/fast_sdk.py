"""Pulumi's SDK without the work that no test reads: a program takes half of the time."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pulumi
from pulumi import _types
from pulumi.runtime import resource, rpc, settings
from pulumi.runtime.proto import source_pb2

from components.users import htpasswd


@contextlib.contextmanager
def fast_sdk() -> Iterator[None]:
    """Spare the SDK work that no test reads and repeated work."""
    global _outputs  # noqa: PLW0603 - another program in this process may have replaced it
    _outputs = settings.SETTINGS.outputs
    with (
        # The place of a declaration takes a fifth of the time to find.
        mock.patch.object(resource, "_get_stack_trace", source_pb2.StackTrace),
        mock.patch.object(_types, "unwrap_type", _unwrap_type),
        mock.patch.object(pulumi.log, "debug", _log_nothing),
        mock.patch.object(rpc, "contains_unknowns", _contains_unknowns),
        mock.patch.object(pulumi.Output, "_track", _track),
        mock.patch.object(pulumi.Output, "_untrack", _untrack),
        mock.patch.object(htpasswd, "ThreadPoolExecutor", _NoThreads),
    ):
        yield


def _log_nothing(*_: object, **__: object) -> None:
    """Take the place of the SDK's messages for its debugging."""


_outputs: set[asyncio.Future[Any]] = set()
"""The outputs that the SDK waits for. The SDK finds this set through context variables."""
_resolved: list[asyncio.Future[Any]] = []


def forget_resources() -> None:
    """Free the resources of a run at once: their outputs refer to them, and they to their outputs.

    Their collection as garbage takes a quarter of the time of a program.
    """
    while _resolved:
        _resolved.pop().result().resources = frozenset()


def _track(output: pulumi.Output[Any]) -> None:
    _outputs.add(output._data)
    output._data.add_done_callback(_forget_success)


def _untrack(output: pulumi.Output[Any]) -> None:
    _outputs.discard(output._data)


def _forget_success(future: asyncio.Future[Any]) -> None:
    if not future.cancelled() and future.exception() is None:
        _outputs.discard(future)
        _resolved.append(future)


class _NoThreads(contextlib.AbstractContextManager["_NoThreads"]):
    """Hashes passwords one after the other. Most are hashed already (``tests.support.unit``)."""

    map = staticmethod(map)

    def __exit__(self, *_: object) -> None:
        pass


_unwrap_type = functools.cache(_types.unwrap_type)
_search_unknowns = rpc.contains_unknowns


def _contains_unknowns(value: Any) -> bool:
    """Return what the SDK does, whose function leaves garbage for each value."""
    return not isinstance(value, str | int | float | None) and _search_unknowns(value)
