"""`python -m tests.matrix.matrix [VALUE ...]`: every two ways of running a registry together, each for real.

A cell is one registry through its whole life: made, verified, previewed with no change, filled, a user rotated, its certificate replaced,
removed, made again with the same packs. The cells cover every pair of values of every two axes. Where this machine lacks what a cell needs,
its reason stands in the place of its time. Left out on purpose: what is done in a cell (``tests/support/life.py``).
"""

from __future__ import annotations

import contextlib
import datetime
import itertools
import json
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
from tests.support.life import declared_options, live
from tests.support.remote_hosts import (
    RemoteHost,
    daemon_is_missing,
    local,
    over_ssh,
    over_tls,
    ssh_is_missing,
)

RESULTS = Path(__file__).parent / "matrix.json"
DOCUMENT = ROOT / "docs" / "explanation" / "matrix.md"
AT_ONCE = 2

AXES: dict[str, tuple[str, ...]] = {
    "storage": ("volume", "path", "s3", "memory", "nfs", "cifs"),
    "tls": ("self-signed", "private-ca", "provided", "letsencrypt", "off"),
    "flavor": ("pack", "oci"),
    "host": ("local", "ssh", "tcp"),
}
"""What a registry is run with; another axis is another line here, and what it means in ``tests/support/life.py``."""

HOSTS = {"local": local, "ssh": over_ssh, "tcp": over_tls}
MOUNTED_BY_KERNEL = ("nfs", "cifs")

Cell = dict[str, str]


def cells(axes: Mapping[str, Sequence[str]]) -> list[Cell]:
    """Few cells that together have every pair of values of every two axes: each next one has as many new pairs as any can."""
    every = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    chosen: list[Cell] = []
    # Where the kernel may lack what a storage needs, its cells come last: every other pair is then in a cell that can be run.
    for candidates in ([cell for cell in every if cell["storage"] not in MOUNTED_BY_KERNEL], every):
        missing = {pair for cell in candidates for pair in pairs(cell)} - {
            pair for cell in chosen for pair in pairs(cell)
        }
        while missing:
            best = max(candidates, key=lambda cell: len(missing & pairs(cell)))
            chosen.append(best)
            missing -= pairs(best)
    return sorted(chosen, key=every.index)


def pairs(cell: Cell) -> set[tuple[tuple[str, str], ...]]:
    """The pairs of values that a cell has."""
    return set(itertools.combinations(sorted(cell.items()), 2))


def obstacle(cell: Cell) -> str | None:
    """What a cell needs to be previewed at all and this machine lacks; nothing where it lacks nothing."""
    needed: dict[tuple[str, str], Callable[[], str | None]] = {
        ("tls", "letsencrypt"): pebble_is_missing,
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


def not_mounted(kind: str) -> str:
    """Why a storage is declared and not mounted."""
    kinds = {line.split()[-1] for line in Path("/proc/filesystems").read_text().splitlines()}
    if {"nfs": "nfs4", "cifs": "cifs"}[kind] not in kinds:
        return f"the kernel has no {kind} (/proc/filesystems)"
    return f"the matrix runs no {kind} server, though the kernel has {kind}"


@click.command()
@click.argument("values", nargs=-1)
def main(values: tuple[str, ...]) -> None:
    """Run all cells, or those that have all values named; the others keep their results."""
    for reason in (docker_is_missing(), engine_is_missing()):
        if reason:
            raise click.ClickException(reason)
    chosen = [cell for cell in cells(AXES) if set(values) <= set(cell.values())]
    kept: dict[str, dict[str, str]] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    with contextlib.ExitStack() as stack:
        hosts = {
            name: stack.enter_context(HOSTS[name]())
            for name in sorted({cell["host"] for cell in chosen if not obstacle(cell)})
        }
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for cell, result in zip(
                chosen, pool.map(lambda cell: _result(cell, hosts), chosen), strict=True
            ):
                kept[_name(cell)] = {
                    "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
                    **result,
                }
                console.print(f"{_name(cell)}: {result['result']}")
                RESULTS.write_text(json.dumps(kept, indent=2) + "\n")
                _document(kept)
    console.print(_table(kept))
    if any(kept[_name(cell)]["result"].startswith("failed") for cell in chosen):
        sys.exit(1)


def _result(cell: Cell, hosts: Mapping[str, RemoteHost]) -> dict[str, str]:
    began = time.monotonic()
    try:
        if reason := obstacle(cell):
            return {"result": "not run", "why": reason}
        if cell["storage"] in MOUNTED_BY_KERNEL:
            return {
                "result": f"declared: {declared_options(cell, hosts[cell['host']])}",
                "why": not_mounted(cell["storage"]),
            }
        live(cell, hosts[cell["host"]])
    except Exception as error:  # a cell that fails is told, and the others are run
        return {
            "result": f"failed after {time.monotonic() - began:.0f} s",
            "why": " ".join(str(error).split())[:2000],
        }
    return {"result": f"passed in {time.monotonic() - began:.0f} s", "why": ""}


def _name(cell: Cell) -> str:
    return " ".join(cell.values())


def _rows(kept: Mapping[str, Mapping[str, str]]) -> Iterator[list[str]]:
    for cell in cells(AXES):
        found = kept.get(_name(cell), {"result": "not run yet", "why": "", "date": ""})
        yield [*cell.values(), found["result"], found["why"][:200], found["date"]]


def _table(kept: Mapping[str, Mapping[str, str]]) -> Table:
    table = Table(*AXES, "result", "why", "date")
    for row in _rows(kept):
        table.add_row(*row)
    return table


def _document(kept: Mapping[str, Mapping[str, str]]) -> None:
    """Write the table; a cell's time has two of them at once in it."""
    heading = [*AXES, "result", "why it is not run here", "date"]
    lines = [
        "# Every two ways together",
        "",
        "`make matrix` runs a registry through its whole life in each of these ways: made, verified, previewed with no change, filled, a user",
        "rotated, the certificate replaced, removed, made again with the same packs (by checksum; packs in memory are gone, as they must be).",
        f"Every pair of values is in at least one line. Times are of {AT_ONCE} lines at once on one machine. The S3 server is moto, the ACME server",
        "pebble, `ssh` a real sshd before the same Docker, `tcp` a second Docker daemon that knows its clients by certificates and is given the",
        "image as an archive. For NFS and SMB, where the kernel can't mount them, the options are shown that Docker's volume driver is given.",
        "",
        f"| {' | '.join(heading)} |",
        f"| {' | '.join('---' for _ in heading)} |",
        *(f"| {' | '.join(text.replace('|', ' ') for text in row)} |" for row in _rows(kept)),
        "",
    ]
    DOCUMENT.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
