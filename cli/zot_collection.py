"""`make gc` for zot, which collects garbage by itself: explains when, and which settings decide."""

from __future__ import annotations

from cli.console import info, make_command, result
from components.settings import Settings


def describe_zot(settings: Settings, stack: str) -> None:
    """Print when zot collects garbage, and the settings that decide."""
    collection, retention = settings.zot.garbage_collection, settings.zot.retention
    if not collection.enabled:
        result("zot does not collect garbage: zot.garbageCollection.enabled is false.")
        info(f"Remove the setting, then run `{make_command('up', stack)}`.")
        return
    result(
        "zot collects garbage by itself, next to reads and pushes: every "
        f"{collection.interval} (zot.garbageCollection.interval), what no version has referred to "
        f"for {collection.delay} (zot.garbageCollection.delay)."
    )
    if retention.keep_versions:
        trial = " It only logs them: zot.retention.dryRun is true." if retention.dry_run else ""
        result(
            f"It also removes versions of packs, except the {retention.keep_versions} newest ones "
            f"(zot.retention.keepVersions).{trial}"
        )
    info("Nothing to do for this command. The log of the server lists what is removed.")
