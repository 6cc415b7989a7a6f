"""`python -m tests.matrix.matrix [VALUE ...]`: run real registries with all pairs of options.

A cell is the lifecycle of one registry (``tests/support/lifecycle.py``). The cells cover every pair
of values of every two axes. If this machine lacks a requirement of a cell, the result says why.
"""

from __future__ import annotations

import contextlib
import datetime
import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
from rich.table import Table

from cli.console import console
from cli.paths import ROOT
from tests.support.acme import pebble_is_missing
from tests.support.docker import docker_is_missing
from tests.support.engine import engine_is_missing
from tests.support.lifecycle import declared_options, run_lifecycle
from tests.support.remote_hosts import (
    RemoteHost,
    local,
    over_ssh,
    over_tls,
    ssh_is_missing,
)
from tests.support.second_daemon import daemon_is_missing
from tests.support.zot import zot_is_missing

RESULTS = Path(__file__).parent / "matrix.json"
DOCUMENT = ROOT / "docs" / "explanation" / "matrix.md"
AT_ONCE = 2

AXES: dict[str, tuple[str, ...]] = {
    "storage": ("volume", "path", "s3", "memory", "nfs", "cifs"),
    "tls": ("self-signed", "private-ca", "provided", "letsencrypt", "off"),
    "server": ("pack", "zot", "distribution"),
    "host": ("local", "ssh", "tcp"),
}
"""The options of a registry. ``tests/support/lifecycle.py`` applies them."""

UNSUPPORTED = ({"server": "zot", "storage": "memory"}, {"server": "zot", "tls": "letsencrypt"})
"""What the settings refuse (``components/servers/zot/conflicts.py``)."""

HOSTS = {"local": local, "ssh": over_ssh, "tcp": over_tls}
MOUNTED_BY_KERNEL = ("nfs", "cifs")

INTRODUCTION = f"""\
# Pairwise test matrix

`make matrix` runs the lifecycle of a registry with each of these combinations: create, verify,
preview without changes, push packs, rotate a user, replace the certificate, remove, create again,
and compare the checksums of the packs. Packs in memory are lost, as expected.

Every pair of values that the settings accept is in at least one row. zot has no storage in memory
and requests no certificates. {AT_ONCE} rows run at the same time on one machine.

- The S3 server is moto, and the ACME server is Pebble.
- `ssh` is a real sshd in front of the local Docker host.
- `tcp` is a second Docker daemon with client certificates. It loads the image from an archive.
- If the kernel can't mount NFS or SMB, the result shows the options of the volume driver.
"""

Cell = dict[str, str]


def cells(axes: Mapping[str, Sequence[str]]) -> list[Cell]:
    """Choose few cells that contain every pair of values of every two axes.

    Greedy: each next cell has as many new pairs as possible.
    """
    all_cells = [
        dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())
    ]
    all_cells = [cell for cell in all_cells if is_supported(cell)]
    chosen: list[Cell] = []
    # First the storages that need no kernel module, so that every other pair is in a runnable cell.
    for candidates in (
        [cell for cell in all_cells if cell["storage"] not in MOUNTED_BY_KERNEL],
        all_cells,
    ):
        missing = {pair for cell in candidates for pair in pairs(cell)} - {
            pair for cell in chosen for pair in pairs(cell)
        }
        while missing:
            best = max(candidates, key=lambda cell: len(missing & pairs(cell)))
            chosen.append(best)
            missing -= pairs(best)
    return sorted(chosen, key=all_cells.index)


def is_supported(cell: Cell) -> bool:
    """Return whether the settings accept a cell."""
    return not any(refused.items() <= cell.items() for refused in UNSUPPORTED)


def pairs(cell: Cell) -> set[tuple[tuple[str, str], ...]]:
    """Return the pairs of values in a cell."""
    return set(itertools.combinations(sorted(cell.items()), 2))


def missing_requirement(cell: Cell) -> str | None:
    """Say what this machine lacks for a cell; None if it lacks nothing."""
    needed: dict[tuple[str, str], Callable[[], str | None]] = {
        ("tls", "letsencrypt"): pebble_is_missing,
        ("server", "zot"): zot_is_missing,
        ("host", "ssh"): ssh_is_missing,
        ("host", "tcp"): daemon_is_missing,
    }
    return next(
        (
            reason
            for item, is_missing in needed.items()
            if item in cell.items() and (reason := is_missing())
        ),
        None,
    )


def reason_not_mounted(kind: str) -> str:
    """Say why a storage is only declared and not mounted."""
    kinds = {line.split()[-1] for line in Path("/proc/filesystems").read_text().splitlines()}
    if {"nfs": "nfs4", "cifs": "cifs"}[kind] not in kinds:
        return f"the kernel has no {kind} (/proc/filesystems)"
    return f"the kernel supports {kind}, but the matrix runs no {kind} server"


@click.command()
@click.argument("values", nargs=-1, default=lambda: os.environ.get("CELLS", "").split())
def main(values: tuple[str, ...]) -> None:
    """Run all cells, or those with all given values. The others keep their results."""
    for reason in (docker_is_missing(), engine_is_missing()):
        if reason:
            raise click.ClickException(reason)
    chosen = [cell for cell in cells(AXES) if set(values) <= set(cell.values())]
    stored: dict[str, dict[str, str]] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    with contextlib.ExitStack() as stack:
        hosts = {
            name: stack.enter_context(HOSTS[name]())
            for name in sorted({cell["host"] for cell in chosen if not missing_requirement(cell)})
        }
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for cell, result in zip(
                chosen, pool.map(lambda cell: _result(cell, hosts), chosen), strict=True
            ):
                stored[_name(cell)] = {
                    "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
                    **result,
                }
                console.print(f"{_name(cell)}: {result['result']}")
                RESULTS.write_text(json.dumps(stored, indent=2) + "\n")
                write_document(stored)
    console.print(_table(stored))
    if any(stored[_name(cell)]["result"].startswith("failed") for cell in chosen):
        sys.exit(1)


def _result(cell: Cell, hosts: Mapping[str, RemoteHost]) -> dict[str, str]:
    began = time.monotonic()
    try:
        if reason := missing_requirement(cell):
            return {"result": "not run", "why": reason}
        if cell["storage"] in MOUNTED_BY_KERNEL:
            return {
                "result": f"declared: {declared_options(cell, hosts[cell['host']])}",
                "why": reason_not_mounted(cell["storage"]),
            }
        run_lifecycle(cell, hosts[cell["host"]])
    except Exception as error:  # record the failure and run the other cells
        return {
            "result": f"failed after {time.monotonic() - began:.0f} s",
            "why": " ".join(str(error).split())[:2000],
        }
    return {"result": f"passed in {time.monotonic() - began:.0f} s", "why": ""}


def _name(cell: Cell) -> str:
    return " ".join(cell.values())


def _rows(stored: Mapping[str, Mapping[str, str]]) -> Iterator[list[str]]:
    for cell in cells(AXES):
        found = stored.get(_name(cell), {"result": "not run yet", "why": "", "date": ""})
        yield [*cell.values(), found["result"], found["why"][:200], found["date"]]


def _table(stored: Mapping[str, Mapping[str, str]]) -> Table:
    table = Table(*AXES, "result", "why", "date")
    for row in _rows(stored):
        table.add_row(*row)
    return table


def write_document(stored: Mapping[str, Mapping[str, str]]) -> None:
    """Write the document with the table of all results."""
    rows = [[*AXES, "result", "reason", "date"], ["---"] * (len(AXES) + 3), *_rows(stored)]
    table = "\n".join(f"| {' | '.join(text.replace('|', ' ') for text in row)} |" for row in rows)
    DOCUMENT.write_text(f"{INTRODUCTION}\n{table}\n")


if __name__ == "__main__":
    main()
