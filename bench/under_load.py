"""Comparisons of changes under load: requests that fail while a registry is changed."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import docker

from bench.figures import Comparison, Figure
from bench.guide import guide_registry, htpasswd_line
from bench.load import Answers, Target, answers, attack
from bench.workspace import UP, Workspace, registry, registry_settings
from tests.support.docker import DEVELOPMENT_IMAGE, build_image, unique_name

ROTATIONS = 10
UPGRADES = 4
LOAD_RATE = 300
TLS = {"algorithm": "ecdsa-p256"}


def rotation_under_load() -> Comparison:
    """Compare password rotations by updates with those by new containers, as in Palette's guide."""
    update = _rotate_by_update()
    guide = _rotate_by_guide()
    figures = [
        Figure("failed requests, `rotation` and `pulumi up`", update.failed, "requests"),
        Figure("refused seconds, `rotation` and `pulumi up`", update.failed_seconds, "s"),
        Figure("failed requests, new container of Palette's guide", guide.failed, "requests"),
        Figure("refused seconds, new container of Palette's guide", guide.failed_seconds, "s"),
        Figure("rate reached, `rotation` and `pulumi up`", update.rate, "requests/s"),
        Figure("rate reached, new container of Palette's guide", guide.rate, "requests/s"),
    ]
    result = (
        f"{update.failed} of {update.requests} requests failed in {ROTATIONS} rotations at "
        f"{update.rate:.0f} requests/s (requested: {LOAD_RATE}), and {guide.failed} of "
        f"{guide.requests} with Palette's guide"
    )
    title = f"{ROTATIONS} rotations of the admin's password under load"
    return Comparison(title, figures, result, "no failed request")


def _rotate_by_update() -> Answers:
    with _updated_registry() as (space, ca_file):
        password = json.loads(space.output("users"))["spectro"]
        target = Target(f"{space.output('endpoint')}/v1/_catalog", ca_file, "spectro", password)

        def rotate(number: int) -> None:
            users = [{"name": "admin", "rotation": str(number)}, {"name": "spectro"}]
            space.configure(**registry_settings(space), tls=TLS, users=users)
            space.up()

        return load_during(target, rotate, ROTATIONS)


def _rotate_by_guide() -> Answers:
    with guide_registry() as guide:
        admin, _ = guide.htpasswd_file.read_text(encoding="utf-8").split()
        reader = htpasswd_line("spectro", "reader")
        guide.htpasswd_file.write_text(f"{admin}\n{reader}\n", encoding="utf-8")

        def rotate(number: int) -> None:
            line = htpasswd_line("admin", f"rotated-{number}")
            guide.htpasswd_file.write_text(f"{line}\n{reader}\n", encoding="utf-8")
            guide.replace_container()

        return load_during(guide.target("/v1/_catalog", "spectro", "reader"), rotate, ROTATIONS)


def upgrade_under_load() -> Comparison:
    """Compare image upgrades by updates with those by new containers, as in Palette's guide."""
    with _next_image() as image:
        update, guide = _upgrade_by_update(image), _upgrade_by_guide(image)
    seconds = update.failed_seconds / UPGRADES, guide.failed_seconds / UPGRADES
    figures = [
        Figure("refused seconds per upgrade, new `image` and `make up`", seconds[0], "s"),
        Figure("refused seconds per upgrade, new container of Palette's guide", seconds[1], "s"),
    ]
    result = (
        f"{update.failed} of {update.requests} requests failed in {UPGRADES} upgrades, and "
        f"{guide.failed} of {guide.requests} with Palette's guide"
    )
    return Comparison(f"{UPGRADES} upgrades of the server under load", figures, result)


@contextmanager
def _next_image() -> Iterator[str]:
    """Build another image with the same server."""
    name = f"{unique_name('pack-registry-next')}:1"
    build_image(name, f"FROM {DEVELOPMENT_IMAGE}\nLABEL release=next\n")
    try:
        yield name
    finally:
        docker.from_env().images.remove(name, force=True)


def _upgrade_by_update(image: str) -> Answers:
    with _updated_registry() as (space, ca_file):

        def upgrade(number: int) -> None:
            settings: dict[str, Any] = registry_settings(space)
            settings["image"] = image if number % 2 else DEVELOPMENT_IMAGE
            space.configure(**settings, tls=TLS)
            space.make(*UP)

        return load_during(Target(space.output("healthUrl"), ca_file), upgrade, UPGRADES)


def _upgrade_by_guide(image: str) -> Answers:
    with guide_registry() as guide:

        def upgrade(number: int) -> None:
            guide.replace_container(image if number % 2 else DEVELOPMENT_IMAGE)

        return load_during(guide.target("/health"), upgrade, UPGRADES)


@contextmanager
def _updated_registry() -> Iterator[tuple[Workspace, Path]]:
    """Create a registry with the program. Yields its workspace and a file with its CA."""
    with registry(tls=TLS) as space, TemporaryDirectory() as directory:
        space.up()
        ca_file = Path(directory) / "ca.crt"
        ca_file.write_text(space.output("caCertificate") + "\n", encoding="utf-8")
        yield space, ca_file


def load_during(target: Target, change: Callable[[int], None], times: int) -> Answers:
    """Send requests at a steady rate during several changes."""
    load = attack(target, 600, rate=LOAD_RATE, workers=64)
    time.sleep(2)
    try:
        for number in range(1, times + 1):
            change(number)
        time.sleep(1)
    finally:
        load.running.send_signal(signal.SIGINT)  # vegeta ends and writes its results
    return answers(load)
