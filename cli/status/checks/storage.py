"""The storage: size of the packs, their growth, and free space."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from cli.condition import Line, Space, State, UnknownError
from cli.console import count, size_text
from cli.monitoring.rules import FREE_SHARE
from cli.paths import REGISTRY, STATE
from cli.pulumi.secret_config import read_secret_config
from cli.status.history import Growth, Sample, growth, read_samples, record_sample
from cli.status.registry import Registry
from common.redaction import register_secrets
from components.settings import StorageKind

ERROR_SHARE = 0.02
"""Free share of a file system at which pushes fail soon."""
FULL_DAYS = 30
"""Days until a file system is full, at the present growth."""
MOST_OBJECTS = 100_000
"""Objects of a bucket that are listed, 1,000 in each request."""


def check_storage(registry: Registry) -> Iterator[Line]:
    """Report size and growth, then free space."""
    found: Growth | None = None
    try:
        size = _size(registry)
    except UnknownError as error:
        yield Line("size", State.UNKNOWN, str(error), error.fix)
    else:
        sample = Sample(registry.now, size)
        samples = read_samples(STATE, registry.stack)
        found = growth(samples, sample)
        yield _size_line(size, found, _record(registry.stack, samples, sample))
    rate = found.per_day if found else None
    for space in registry.inspection.spaces():
        if isinstance(space, Line):
            yield space
        else:  # only the packs grow at this rate
            yield _space_line(registry, space, rate if space.name == "space" else None)


def _record(stack: str, samples: list[Sample], sample: Sample) -> str:
    """Record the size. Return why it can't be recorded; empty if it is."""
    try:
        record_sample(STATE, stack, samples, sample)
    except OSError as error:
        return f"{STATE.name} can't be written: {error.strerror or error}"
    return ""


def _size_line(size: int, found: Growth | None, problem: str) -> Line:
    """Report the size.

    :param problem: why the size was not recorded.
    """
    figures = {
        "bytes": size,
        "growthBytes": found and found.size,
        "since": found and f"{datetime.fromtimestamp(found.since, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "bytesPerDay": found and found.per_day and round(found.per_day),
    }
    value = f"{size_text(size)}, growth unknown"
    if found:
        since = f"{datetime.fromtimestamp(found.since, UTC):%Y-%m-%d %H:%M}"
        change = _signed(found.size) if found.size else "unchanged"
        value = f"{size_text(size)}, {change} since {since}"
        if found.per_day is not None:
            value += f", {_signed(found.per_day)} a day"
    if problem:
        fix = "Make it writable, so that the growth is known next time."
        return Line("size", State.WARNING, f"{value} ({problem})", fix, figures)
    return Line("size", State.OK, value, figures=figures)


def _space_line(registry: Registry, space: Space, rate: float | None) -> Line:
    share = space.free / space.size if space.size else 0.0
    days = int(space.free / rate) if rate and rate > 0 else None
    figures = {"bytes": space.size, "freeBytes": space.free, "daysUntilFull": days}
    value = (
        f"{size_text(space.free)} of {size_text(space.size)} free ({share:.0%}) for {space.place}"
    )
    state = State.OK
    if days is not None and days < FULL_DAYS:
        state, value = State.WARNING, f"{value}, full in {count(days, 'day')}"
    if share < FREE_SHARE:
        state = State.ERROR if share < ERROR_SHARE else State.WARNING
    if state is State.OK:
        return Line(space.name, state, value, figures=figures)
    fix = (
        f"Enlarge it. To free space, delete versions (`{registry.make('pack-delete PACK=...')}`), "
        f"then run `{registry.make('gc APPLY=1')}`."
    )
    if space.name != "space":
        fix = "Enlarge it. To see what can be removed, run `docker system df`."
    return Line(space.name, state, value, fix, figures)


def _size(registry: Registry) -> int:
    match registry.settings.storage.kind:
        case StorageKind.MEMORY:
            raise UnknownError("the packs are in the server's memory")
        case StorageKind.S3:
            return _bucket_size(registry)
        case StorageKind.VOLUME | StorageKind.PATH | StorageKind.NFS | StorageKind.CIFS:
            return registry.inspection.size()


def _bucket_size(registry: Registry) -> int:
    """List the bucket with the keys of the stack's config.

    :raises UnknownError: if it does not answer, or has too many objects.
    """
    from backup.errors import BackupError
    from cli.backups.packs import bucket_of

    config = read_secret_config(registry.pulumi, registry.stack, REGISTRY.name)
    keys, total = json.loads(config.get("storage", "{}")).get("s3") or {}, 0
    register_secrets([str(keys.get(name) or "") for name in ("accessKey", "secretKey")])
    try:
        bucket = bucket_of(registry.settings, keys)
        for number, (_, size) in enumerate(bucket.sizes("")):
            if number >= MOST_OBJECTS:
                raise UnknownError(f"the bucket has more than {MOST_OBJECTS:,} objects")
            total += size
    except (BackupError, KeyError) as error:
        raise UnknownError(" ".join(str(error).split())) from None
    return total


def _signed(size: float) -> str:
    return f"{'+' if size >= 0 else '-'}{size_text(round(abs(size)))}"
