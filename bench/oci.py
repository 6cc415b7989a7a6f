"""The servers of an OCI registry side by side: logins, changed users and upgrades."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import docker

from bench.figures import RUNS, Comparison, Figure, median
from bench.load import Answers, Target, answers, attack
from bench.under_load import LOAD_RATE, TLS, load_during
from bench.workspace import Workspace, registry, registry_settings
from tests.support.distribution import distribution_image
from tests.support.docker import build_image, unique_name
from tests.support.flavors import DISTRIBUTION, ZOT
from tests.support.zot import zot_image

ROTATIONS = 10
UPGRADES = 4
PATH = "/v2/"
"""The API's root: a password is checked, and no pack is read."""


def oci_servers() -> Comparison:
    """Compare zot with CNCF Distribution: logins, and requests that fail during changes."""
    with distribution_image() as image:
        servers: dict[str, dict[str, Any]] = {
            "zot": {**ZOT, "image": zot_image()},
            "Distribution": {**DISTRIBUTION, "image": image},
        }
        logins = {name: _logins(settings) for name, settings in servers.items()}
        rotated = {
            name: _during(settings, _rotations, ROTATIONS) for name, settings in servers.items()
        }
        upgraded = {
            name: _during(settings, _upgrades, UPGRADES) for name, settings in servers.items()
        }
    figures = [replace(figure, name=f"{name}, logins") for name, figure in logins.items()]
    figures += [
        Figure(f"{name}, failed requests in {ROTATIONS} changes of users", found.failed, "requests")
        for name, found in rotated.items()
    ]
    figures += [
        Figure(f"{name}, refused seconds per upgrade", found.failed_seconds / UPGRADES, "s")
        for name, found in upgraded.items()
    ]
    factor = figures[0].value / figures[1].value
    rate = rotated["zot"].rate
    result = (
        f"zot: {factor:.2f} times the logins of Distribution; {rotated['zot'].failed} of "
        f"{rotated['zot'].requests} requests failed in {ROTATIONS} changes of users at "
        f"{rate:.0f} requests/s (requested: {LOAD_RATE})"
    )
    title = "The servers of an OCI registry"
    return Comparison(title, figures, result, "no failed request in changes of users")


def _logins(settings: dict[str, Any]) -> Figure:
    with _running(settings) as (_, target):
        runs = [answers(attack(target, 4)).per_second for _ in range(RUNS)]
    return median("", runs, "requests/s")


def _during(
    settings: dict[str, Any],
    changes: Callable[[Workspace, dict[str, Any]], Callable[[int], None]],
    times: int,
) -> Answers:
    with _running(settings) as (space, target):
        return load_during(target, changes(space, settings), times)


def _rotations(space: Workspace, settings: dict[str, Any]) -> Callable[[int], None]:
    def rotate(number: int) -> None:
        kept = _users(settings)
        added = {**kept[0], "name": f"user-{number}"}  # the one of the previous change is removed
        users = [{"name": "admin", "rotation": str(number)}, *kept, added]
        space.configure(**registry_settings(space) | settings | {"tls": TLS, "users": users})
        space.up()

    return rotate


def _upgrades(space: Workspace, settings: dict[str, Any]) -> Callable[[int], None]:
    def upgrade(number: int) -> None:
        image = f"{unique_name('bench-next')}:{number}"
        build_image(image, f"FROM {settings['image']}\nLABEL release={number}\n")
        try:
            changed = {"tls": TLS, "image": image, "users": _users(settings)}
            space.configure(**registry_settings(space) | settings | changed)
            space.up()
        finally:
            docker.from_env().images.remove(image, force=True)

    return upgrade


def _users(settings: dict[str, Any]) -> list[dict[str, Any]]:
    return list(settings.get("users", [{"name": "spectro"}]))


@contextmanager
def _running(settings: dict[str, Any]) -> Iterator[tuple[Workspace, Target]]:
    """Create a registry, and yield its workspace and the target of its reader's logins."""
    options = {"tls": TLS, "users": _users(settings), **settings}
    with registry(**options) as space, TemporaryDirectory() as directory:
        space.up()
        ca_file = Path(directory) / "ca.crt"
        ca_file.write_text(space.output("caCertificate") + "\n", encoding="utf-8")
        password = json.loads(space.output("users"))["spectro"]
        yield space, Target(f"{space.output('endpoint')}{PATH}", ca_file, "spectro", password)
