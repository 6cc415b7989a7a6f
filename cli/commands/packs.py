"""``make packs``."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from cli.console import CommandError, count, info, result, size_text
from cli.options import stack_option
from cli.pack_options import json_option
from cli.palette_sync import PaletteView, palette_view
from cli.stack_registry import StackRegistry, read_registry
from cli.table import print_rows, printable
from common.errors import UserError
from common.packs import archive_prefix

if TYPE_CHECKING:
    from packs.listing import PackList, PackVersion

HEADER = ("NAME", "VERSION", "LAYER", "SIZE", "DIGEST", "PUSHED")
IN_PALETTE = "NEWEST IN PALETTE"
DIGEST_CHARACTERS = len("sha256:") + 12


@click.command()
@stack_option
@json_option
def packs(stack: str, as_json: bool) -> None:
    """Print the packs of the registry, and what Palette has synchronized."""
    registry = read_registry(stack)
    try:
        with ThreadPoolExecutor(max_workers=1) as pool:
            asked = pool.submit(palette_view, stack)
            listed = _list(registry)
            view = asked.result()
    except UserError as error:
        raise CommandError(str(error)) from None
    if as_json:
        result(json.dumps(_as_json(listed, view), indent=2, ensure_ascii=True))
    else:
        _print(registry, listed, view)


def _list(registry: StackRegistry) -> PackList:
    from packs.listing import list_pack_registry, list_packs

    if registry.is_oci:
        return list_packs(registry.client(), registry.base_content_path)
    return list_pack_registry(registry.client())


def _print(registry: StackRegistry, listed: PackList, view: PaletteView | None) -> None:
    rows = [(*_row(each), *([_newest(view, each)] if view else [])) for each in listed.versions]
    if rows:
        print_rows((*HEADER, *([IN_PALETTE] if view else [])), rows)
    names = {each.name for each in listed.versions}
    info(
        f"{count(len(names), 'pack')}, {count(len(listed.versions), 'version')}"
        f"{_total(listed)} in the registry of stack {registry.stack}."
    )
    if listed.others:
        place = archive_prefix(registry.base_content_path)
        info(f"{_repositories(listed.others)} not below {place}, where Palette looks for packs.")
    if not registry.is_oci:
        info(
            "A pack registry lists names and versions only. Layers and digests are unknown. The "
            f"Spectro CLI lists its packs too: `spectro pack ls {registry.server}`."
        )
    if view:
        name, status = printable(view.name), printable(view.status)
        missing = sum(1 for name in names if name not in view.newest)
        info(
            f"Palette has {count(len(view.newest), 'pack')} of the registration {name}. "
            f"{count(missing, 'pack')} of the registry {'is' if missing == 1 else 'are'} missing "
            f"there. Its last sync was {_minute(view.last_synced) or 'never'} "
            f"({status or 'no status'})."
        )


def _total(listed: PackList) -> str:
    """Return the size of all versions after a comma; empty if the size of one is unknown."""
    sizes = [each.size for each in listed.versions if each.size is not None]
    return f", {size_text(sum(sizes))}" if len(sizes) == len(listed.versions) else ""


def _row(each: PackVersion) -> tuple[str, ...]:
    return (
        each.name,
        each.version or "-",
        each.layer or "-",
        "-" if each.size is None else size_text(each.size),
        each.digest[:DIGEST_CHARACTERS] or "-",
        _minute(each.pushed) or "-",
    )


def _newest(view: PaletteView, each: PackVersion) -> str:
    newest = view.newest.get(each.name)
    return "missing" if newest is None else newest or "unknown version"


def _minute(time: str) -> str:
    """Return a time in RFC 3339 as a date and a minute of UTC; empty if there is none."""
    try:
        found = datetime.fromisoformat(time)
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        return f"{aware.astimezone(UTC):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError):
        return ""


def _as_json(listed: PackList, view: PaletteView | None) -> dict[str, object]:
    return {
        "packs": [
            {
                "name": each.name,
                "version": each.version,
                "layer": each.layer,
                "displayName": each.display_name,
                "digest": each.digest,
                "size": each.size,
                "pushed": each.pushed,
            }
            for each in listed.versions
        ],
        "otherRepositories": listed.others,
        "palette": view
        and {
            "registration": view.name,
            "syncStatus": view.status,
            "lastSynced": view.last_synced,
            "newestVersions": view.newest,
        },
    }


def _repositories(number: int) -> str:
    return "1 other repository is" if number == 1 else f"{number} other repositories are"
