"""Mirrors in zot's log: the last answer, the last copy, and errors.

zot's metrics do not count copies. Most lines of a copy name the host of the source, and the others
a repository whose copy has begun.

Source: zot 2.1.20, `pkg/extensions/sync/service.go`, `remote.go` and `sync.go`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

CALLER = "/pkg/extensions/sync/"
"""Part of each line about a copy."""

_SOURCE = ""
"""Key of a failure that does not concern one repository."""

_REQUEST = re.compile(r'^.*?\b(?:Get|Head|Post) "[^"]*": ')
_HARMLESS = re.compile(r"manifest not found|filtered out")
"""Errors of a request for a version that does not exist, or that is not mirrored."""


@dataclass(frozen=True)
class CopyFailure:
    """A copy that failed, and was not repeated with success."""

    time: str
    """As in the log, in RFC 3339."""
    reason: str


@dataclass
class MirrorActivity:
    """What the log says about one mirror. Times are as in the log; empty if there is none."""

    answered: str = ""
    """Time of the last answer of the source that was as expected."""
    copied: str = ""
    version: str = ""
    """The version that was copied last, as REPOSITORY:VERSION."""
    compared: bool = False
    """Whether a repository was compared at an interval."""
    listed: bool = False
    """Whether the source has listed its repositories. Only known if there is one mirror."""
    failures: dict[str, CopyFailure] = field(default_factory=dict)
    """By repository; by an empty string if the failure does not concern only one."""

    @property
    def failure(self) -> CopyFailure | None:
        """The newest failure; None if nothing fails."""
        return max(self.failures.values(), key=lambda each: each.time, default=None)

    def note_answer(self, time: str, repository: str = _SOURCE) -> None:
        """Note that the source has answered."""
        self.answered = time
        self.failures.pop(_SOURCE, None)
        self.failures.pop(repository, None)


def read_mirror_log(lines: Iterable[str], hosts: list[str]) -> dict[str, MirrorActivity]:
    """Return what a log says about each mirror.

    :param lines: the log, the oldest line first. Lines of other programs are ignored.
    :param hosts: host and port of each mirror's URL.
    """
    reader = _Reader(hosts)
    for line in _parsed(lines):
        reader.read(line)
    return reader.found


def _parsed(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if CALLER not in line:
            continue
        try:
            found = json.loads(line)
        except ValueError:  # the first line may be cut off
            continue
        if isinstance(found, dict):
            yield found


class _Reader:
    """Reads one line after the other."""

    def __init__(self, hosts: list[str]) -> None:
        self.found = {host: MirrorActivity() for host in hosts}
        self._patterns = {
            host: re.compile(rf"(?<![\w.:-]){re.escape(host)}(?![\w.-]|:\d)") for host in hosts
        }
        self._running: dict[str, str] = {}
        """Host by the repository that is compared."""
        self._copying: dict[str, str] = {}
        """Host by the version that is copied."""

    def read(self, line: dict[str, Any]) -> None:
        """Note what a line says."""
        message, time = str(line.get("message")), str(line.get("time", ""))
        if handler := _HANDLERS.get(message):
            handler(self, line, time)
        elif line.get("level") == "error" or message == "failed to get manifest: unauthorized":
            reason = str(line.get("error", ""))
            if reason and not _HARMLESS.search(reason):
                self._note_failure(line, CopyFailure(time, _shortened(reason)))

    def _begin_repository(self, line: dict[str, Any], time: str) -> None:
        if found := self._of(line.get("registry")):
            self._running[_repository(line)] = str(line["registry"])
            found.compared = True
            found.note_answer(time)

    def _end_repository(self, line: dict[str, Any], time: str) -> None:
        repository = _repository(line)
        if found := self._of(self._running.pop(repository, None)):
            found.note_answer(time, repository)

    def _end_list(self, _: dict[str, Any], time: str) -> None:
        if len(self.found) == 1:  # the line names no mirror
            (found,) = self.found.values()
            found.listed = True
            found.note_answer(time)

    def _begin_copy(self, line: dict[str, Any], _: str) -> None:
        self._copying[str(line.get("local image"))] = self._host(line)

    def _end_copy(self, line: dict[str, Any], time: str) -> None:
        version = f"{_repository(line)}:{line.get('reference')}"
        if found := self._of(self._copying.pop(version, None)):
            found.copied, found.version = time, version
            found.note_answer(time)

    def _answer(self, line: dict[str, Any], time: str) -> None:
        if found := self._of(self._host(line)):
            found.note_answer(time)

    def _note_failure(self, line: dict[str, Any], failure: CopyFailure) -> None:
        repository = _repository(line)
        if found := self._of(self._running.get(repository)):
            found.failures[repository] = failure
        elif found := self._of(self._host(line)):
            found.failures[_SOURCE] = failure

    def _of(self, host: Any) -> MirrorActivity | None:
        return self.found.get(str(host))

    def _host(self, line: dict[str, Any]) -> str:
        """Return the mirror that a line names; the only one if there is one. Empty if none."""
        if len(self.found) == 1:
            return next(iter(self.found))
        text = json.dumps([value for name, value in line.items() if name not in ("caller", "func")])
        return next((host for host, each in self._patterns.items() if each.search(text)), "")


_HANDLERS: dict[str, Callable[[_Reader, dict[str, Any], str], None]] = {
    "sync: syncing repo": _Reader._begin_repository,
    "sync: finished syncing repo": _Reader._end_repository,
    "finished generating tasks to sync repositories": _Reader._end_list,
    "syncing image": _Reader._begin_copy,
    "successfully synced image": _Reader._end_copy,
    "skipping image because it's already synced": _Reader._answer,
    "failed to find manifest": _Reader._answer,
}
"""What the messages of answers mean. All others are failures if they are errors."""


def _repository(line: dict[str, Any]) -> str:
    return str(line.get("repo", ""))


def _shortened(reason: str) -> str:
    """Return an error without the request and without Go's guesses."""
    return _REQUEST.sub("", reason).partition(" (possibly because of ")[0].strip()
