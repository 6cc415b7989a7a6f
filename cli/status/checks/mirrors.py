"""Mirrors: whether the sources answer, and when a version was copied last.

The server alone knows it, and says it in its log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from cli.condition import Line, State, UnknownError
from cli.console import count
from cli.status.registry import Registry
from common.types.durations import seconds_of
from components.servers.zot.mirror_log import CopyFailure, MirrorActivity, read_mirror_log
from components.settings import LogLevel, Mirror

LOG_LINES = 100_000
"""Lines of the log that are read. By default, Docker keeps fewer: 30 MB."""

QUIET_SECONDS = 3600
"""Time for which a failure counts in a log that does not show the next success."""

QUIET_LEVELS = (LogLevel.WARN, LogLevel.ERROR)


def check_mirrors(registry: Registry) -> Iterator[Line]:
    """Read the server's log, and report one line for each mirror."""
    mirrors = registry.settings.zot.mirrors if registry.settings.uses_zot else []
    if not mirrors:
        return
    hosts = [urlsplit(mirror.url).netloc for mirror in mirrors]
    try:
        found = read_mirror_log(registry.inspection.whole_log(LOG_LINES), hosts)
    except Exception as error:  # Docker, the cluster and sockets have no common error class
        reason = str(error) if isinstance(error, UnknownError) else ""
        reason = reason or registry.inspection.describe(error) or type(error).__name__
        for host in hosts:
            yield Line("mirror", State.UNKNOWN, f"{host}: {reason}", figures={"source": host})
        return
    for index, host in enumerate(hosts):
        yield _line(registry, index, host, found[host])


def _line(registry: Registry, index: int, host: str, found: MirrorActivity) -> Line:
    mirror, failure = registry.settings.zot.mirrors[index], found.failure
    figures = {
        "source": host,
        "lastAnswer": found.answered or None,
        "lastCopy": found.copied or None,
        "lastError": failure and failure.time,
        "failing": sorted(name for name in found.failures if name),
    }
    copied = f"last copy {_minute(found.copied)} ({found.version})" if found.copied else ""
    if failure and _is_current(registry, mirror, failure):
        which = "copies failed"
        if failing := figures["failing"]:
            repositories = count(len(failing), "repository", "repositories")
            which = f"{repositories} can't be copied (such as {failing[0]}), last tried"
        value = f"{host}: {which} at {_minute(failure.time)}: {failure.reason}"
        value = "; ".join(filter(None, [value, copied]))
        return Line("mirror", State.ERROR, value, _fix(registry, index, failure), figures)
    if found.listed and not found.compared and mirror.interval:
        paths = ", ".join(mirror.repositories) or "any path"
        value = f"{host} has no repository below {paths}, or hides it from the mirror's user"
        fix = (
            f"Set zot.mirrors[{index}].repositories to paths that the source has, then run "
            f"`{registry.make('up')}`."
        )
        return Line("mirror", State.WARNING, value, fix, figures)
    if not found.answered:
        reason = f"the log has no copy from {host}"
        if registry.settings.log_level in QUIET_LEVELS:
            reason += f", because logLevel is {registry.settings.log_level.value}"
        elif not mirror.interval:
            reason += ", because no version was requested"
        return Line("mirror", State.UNKNOWN, reason, figures=figures)
    value = f"{host} answered at {_minute(found.answered)}, {copied or 'no copy in the log'}"
    return Line("mirror", State.OK, value, figures=figures)


def _is_current(registry: Registry, mirror: Mirror, failure: CopyFailure) -> bool:
    """Return whether a failure counts. In a quiet log, the next success is not seen."""
    if registry.settings.log_level not in QUIET_LEVELS:
        return True
    limit = max(QUIET_SECONDS, 2 * seconds_of(mirror.interval))
    try:
        return registry.now - datetime.fromisoformat(failure.time).timestamp() < limit
    except ValueError:
        return True


_FIXES = {
    r"x509|tls:|certificate": (
        "Set zot.mirrors[{index}].caPem to the source's CA certificate (docs/how-to/mirror.md), "
        "then run `{up}`."
    ),
    r"unauthorized|forbidden|denied|http 40[13]": (
        "Set username and password of zot.mirrors[{index}] to those of a user who can read at the "
        "source (docs/how-to/mirror.md), then run `{up}`."
    ),
    r"no such host": (
        "Check zot.mirrors[{index}].url, and that the server's host resolves its name."
    ),
    r"not found|http 404": "Check zot.mirrors[{index}].repositories.",
    r"": (
        "Check that the source runs, and that the server reaches {url}. What was copied can be "
        "pulled here."
    ),
}


def _fix(registry: Registry, index: int, failure: CopyFailure) -> str:
    text = next(
        fix for pattern, fix in _FIXES.items() if re.search(pattern, failure.reason, re.IGNORECASE)
    )
    url = registry.settings.zot.mirrors[index].url
    return text.format(index=index, url=url, up=registry.make("up"))


def _minute(time: str) -> str:
    return time[:16].replace("T", " ")
