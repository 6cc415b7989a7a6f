"""What is measured; each function runs one comparison and returns its figures."""

from __future__ import annotations

import functools
import json
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import docker

from bench.load import Answers, Target, answers, attack, server
from bench.workspace import UP, Workspace, empty_program, registry, registry_settings
from cli.paths import ROOT
from tests.support.docker import (
    DEVELOPMENT_IMAGE,
    build_image,
    free_port,
    remove_all_of,
    unique_name,
)

RUNS = 5
UPDATE_RUNS = 25
"""More, for both sides spend very different times on finding a key's primes."""
ROTATIONS = 10
UPGRADES = 4
LOAD_RATE = 300


@dataclass
class Figure:
    """One row of the report."""

    name: str
    value: float
    unit: str
    runs: list[float] = field(default_factory=list)


@dataclass
class Comparison:
    """Figures that were measured side by side, and what they come to."""

    title: str
    figures: list[Figure]
    result: str
    goal: str = ""
    """What the result is to be, where that was set before it was measured."""


def _median(name: str, runs: list[float], unit: str = "s") -> Figure:
    return Figure(name, statistics.median(runs), unit, runs)


def _ratio(first: Figure, second: Figure) -> float:
    """Median of the ratios run by run: the machine's drift takes part in both."""
    return statistics.median(a / b for a, b in zip(first.runs, second.runs, strict=True))


def _added(first: Figure, second: Figure) -> float:
    """Median of the differences run by run, for the same reason."""
    return statistics.median(b - a for a, b in zip(first.runs, second.runs, strict=True))


def update_and_guide() -> Comparison:
    """From nothing to a verified registry: the engine's part of `make up` against the guide's steps, on the same image."""
    made, typed, guides = [], [], []
    for _ in range(UPDATE_RUNS):
        guides.append(_guide())
        with registry() as space:
            made.append(space.make(*UP))
        with registry() as space:
            typed.append(space.up())
    guide = _median("the guide's steps as a script", guides)
    figures = [
        _median("make up, its engine part", made),
        _median("pulumi up, typed by hand", typed),
        guide,
    ]
    ratios = [_ratio(figure, guide) for figure in figures[:2]]
    return Comparison(
        "From nothing to a verified registry",
        figures,
        f"ratio {ratios[0]:.2f}, and {ratios[1]:.2f} typed by hand",
        "at most 1.5",
    )


def _guide() -> float:
    name, port = unique_name("bench-guide"), free_port()
    client = docker.from_env()
    with TemporaryDirectory() as directory:
        began = time.monotonic()
        subprocess.run(
            [ROOT / "bench" / "guide.sh", name, str(port), DEVELOPMENT_IMAGE, directory], check=True
        )
        seconds = time.monotonic() - began
        client.api.remove_container(name, force=True, v=True)
        client.api.remove_volume(f"{name}-data")
    return seconds


def preview_and_empty() -> Comparison:
    """A preview that shows no change against the preview of a program that declares nothing."""
    with (
        registry() as ours,
        empty_program(own_environment=True) as ordinary,
        empty_program(own_environment=False) as shared,
    ):
        ours.up()
        previews = [
            functools.partial(space.pulumi, "preview") for space in (ours, ordinary, shared)
        ]
        runs = _alternate(lambda: ours.make("preview"), *previews)
    figures = [
        _median("make preview, its engine part", runs[0]),
        _median("pulumi preview, typed by hand", runs[1]),
        _median("an empty program, its own environment", runs[2]),
        _median("an empty program, this project's environment", runs[3]),
    ]
    ratios = [_ratio(figure, figures[2]) for figure in figures[:2]] + [
        _ratio(figures[1], figures[3])
    ]
    result = f"ratio {ratios[0]:.2f}; typed by hand {ratios[1]:.2f}, and {ratios[2]:.2f} in the same environment"
    return Comparison("A preview that shows no change", figures, result, "at most 1.4")


def _alternate(*commands: Callable[[], float]) -> list[list[float]]:
    """Run commands in turn, after one warm-up of each."""
    for command in commands:
        command()
    rounds = [[command() for command in commands] for _ in range(RUNS)]
    return [list(column) for column in zip(*rounds, strict=True)]


def authenticated_requests() -> Comparison:
    """Requests a second by the cost of the password's hash."""
    figures = []
    for name, cost in (
        ("default cost (5)", 5),
        ("cost 10", 10),
        ("cost 12", 12),
        ("no authentication", None),
    ):
        with server(cost=cost) as target:
            asked = replace(target, url=f"{target.url}/v1/_catalog")
            runs = [answers(attack(asked, 4)).per_second for _ in range(RUNS)]
        figures.append(_median(name, runs, "requests/s"))
    return Comparison(
        "Authenticated requests",
        figures,
        f"default cost: {figures[0].value / figures[1].value:.1f} times the figure of cost 10",
        "at least 12 times",
    )


def tls_connections() -> Comparison:
    """New TLS connections a second by the certificate's key."""
    figures = []
    for name, ecdsa in (("RSA 4096", False), ("ECDSA P-256", True)):
        with server(ecdsa=ecdsa, cost=None) as target:
            asked = replace(target, url=f"{target.url}/health")
            runs = [answers(attack(asked, 4, keepalive=False)).per_second for _ in range(RUNS)]
        figures.append(_median(name, runs, "connections/s"))
    return Comparison(
        "New TLS connections",
        figures,
        f"ECDSA P-256: {figures[1].value / figures[0].value:.1f} times RSA 4096",
    )


def rotation_under_load() -> Comparison:
    """Requests that fail while the admin's password is rotated, against the guide's way of a new container."""
    ours = _rotated_by_update()
    guides = _rotated_by_guide()
    figures = [
        Figure("failed requests, `rotation` and `pulumi up`", ours.failed, "requests"),
        Figure("refused seconds, `rotation` and `pulumi up`", ours.failed_seconds, "s"),
        Figure("failed requests, the guide's new container", guides.failed, "requests"),
        Figure("refused seconds, the guide's new container", guides.failed_seconds, "s"),
        Figure("rate reached, `rotation` and `pulumi up`", ours.rate, "requests/s"),
        Figure("rate reached, the guide's new container", guides.rate, "requests/s"),
    ]
    result = (
        f"{ours.failed} of {ours.requests} requests failed in {ROTATIONS} rotations at {ours.rate:.0f} requests/s (asked for: {LOAD_RATE}), "
        f"and {guides.failed} of {guides.requests} the guide's way"
    )
    return Comparison(
        f"{ROTATIONS} rotations of the admin's password under load",
        figures,
        result,
        "no failed request",
    )


def _rotated_by_update() -> Answers:
    with registry(tls={"algorithm": "ecdsa-p256"}) as space, TemporaryDirectory() as directory:
        space.up()
        ca_file = Path(directory) / "ca.crt"
        ca_file.write_text(space.output("caCertificate") + "\n")
        users = space.output("users")
        target = Target(
            f"{space.output('endpoint')}/v1/_catalog",
            ca_file,
            "spectro",
            json.loads(users)["spectro"],
        )
        return _during(target, lambda number: _rotate(space, number), ROTATIONS)


def _rotate(space: Workspace, number: int) -> None:
    users = [{"name": "admin", "rotation": str(number)}, {"name": "spectro"}]
    space.configure(**registry_settings(space), tls={"algorithm": "ecdsa-p256"}, users=users)
    space.up()


def _rotated_by_guide() -> Answers:
    name, port = unique_name("bench-guide"), free_port()
    client = docker.from_env()
    with TemporaryDirectory() as directory:
        guide = [str(ROOT / "bench" / "guide.sh"), name, str(port), DEVELOPMENT_IMAGE]
        subprocess.run([*guide, directory], check=True)
        htpasswd = Path(directory) / "auth" / "htpasswd-basic"
        admin, _ = htpasswd.read_text().split()
        reader = subprocess.run(
            ["htpasswd", "-Bbn", "spectro", "reader"], check=True, capture_output=True, text=True
        ).stdout.strip()
        htpasswd.write_text(f"{admin}\n{reader}\n")
        target = Target(
            f"https://localhost:{port}/v1/_catalog",
            Path(directory) / "certs" / "tls.crt",
            "spectro",
            "reader",
        )
        command = _guide_run(name, port, directory)
        try:

            def rotate(number: int) -> None:
                line = subprocess.run(
                    ["htpasswd", "-Bbn", "admin", f"rotated-{number}"],
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout.strip()
                htpasswd.write_text(f"{line}\n{reader}\n")
                subprocess.run(["docker", "rm", "--force", name], check=True, capture_output=True)
                subprocess.run(command, check=True, capture_output=True)
                time.sleep(1)

            return _during(target, rotate, ROTATIONS)
        finally:
            client.api.remove_container(name, force=True, v=True)
            client.api.remove_volume(f"{name}-data")


def _guide_run(name: str, port: int, directory: str, image: str = DEVELOPMENT_IMAGE) -> list[str]:
    """The guide's `docker run`, as bench/guide.sh has it."""
    script = (ROOT / "bench" / "guide.sh").read_text().replace("\\\n", " ")
    line = next(line for line in script.splitlines() if line.startswith("docker run"))
    line = line.removesuffix(">/dev/null")
    return [
        "bash",
        "-c",
        f"name=$1 port=$2 image=$3 directory=$4; {line}",
        "guide",
        name,
        str(port),
        image,
        directory,
    ]


def upgrade_under_load() -> Comparison:
    """Requests that fail while the server's image is exchanged, against the guide's way of a new container."""
    with _next_image() as image:
        ours, guides = _upgraded_by_update(image), _upgraded_by_guide(image)
    figures = [
        Figure(
            "refused seconds an upgrade, a new `image` and `make up`",
            ours.failed_seconds / UPGRADES,
            "s",
        ),
        Figure(
            "refused seconds an upgrade, the guide's new container",
            guides.failed_seconds / UPGRADES,
            "s",
        ),
    ]
    result = f"{ours.failed} of {ours.requests} requests failed in {UPGRADES} upgrades, and {guides.failed} of {guides.requests} the guide's way"
    return Comparison(f"{UPGRADES} upgrades of the server under load", figures, result)


@contextmanager
def _next_image() -> Iterator[str]:
    """Another image with the same server."""
    name = f"{unique_name('pack-registry-next')}:1"
    build_image(name, f"FROM {DEVELOPMENT_IMAGE}\nLABEL release=next\n")
    try:
        yield name
    finally:
        docker.from_env().images.remove(name, force=True)


def _upgraded_by_update(image: str) -> Answers:
    with registry(tls={"algorithm": "ecdsa-p256"}) as space, TemporaryDirectory() as directory:
        space.up()
        ca_file = Path(directory) / "ca.crt"
        ca_file.write_text(space.output("caCertificate") + "\n")

        def upgrade(number: int) -> None:
            space.configure(
                **{**registry_settings(space), "image": image if number % 2 else DEVELOPMENT_IMAGE},
                tls={"algorithm": "ecdsa-p256"},
            )
            space.make(*UP)

        return _during(Target(space.output("healthUrl"), ca_file), upgrade, UPGRADES)


def _upgraded_by_guide(image: str) -> Answers:
    name, port = unique_name("bench-guide"), free_port()
    client = docker.from_env()
    with TemporaryDirectory() as directory:
        subprocess.run(
            [str(ROOT / "bench" / "guide.sh"), name, str(port), DEVELOPMENT_IMAGE, directory],
            check=True,
        )

        def upgrade(number: int) -> None:
            subprocess.run(["docker", "rm", "--force", name], check=True, capture_output=True)
            subprocess.run(
                _guide_run(name, port, directory, image if number % 2 else DEVELOPMENT_IMAGE),
                check=True,
                capture_output=True,
            )
            time.sleep(1)

        try:
            return _during(
                Target(f"https://localhost:{port}/health", Path(directory) / "certs" / "tls.crt"),
                upgrade,
                UPGRADES,
            )
        finally:
            client.api.remove_container(name, force=True, v=True)
            client.api.remove_volume(f"{name}-data")


def _during(target: Target, change: Callable[[int], None], times: int) -> Answers:
    """Load at a steady rate while something is changed, several times."""
    load = attack(target, 600, rate=LOAD_RATE, workers=64)
    time.sleep(2)
    try:
        for number in range(1, times + 1):
            change(number)
        time.sleep(1)
    finally:
        load.running.send_signal(2)  # vegeta ends at SIGINT and writes what it has
    return answers(load)


def preview_by_users() -> Comparison:
    """A preview that shows no change, by the number of users."""
    figures = []
    for count in (1, 100, 1000):
        users = [{"name": f"user-{number}"} for number in range(count)]
        with registry(tls={"algorithm": "ecdsa-p256"}, users=users) as space:
            space.up()
            space.make("preview")
            runs = [space.make("preview") for _ in range(RUNS)]
            remove_all_of(space.stack)
        figures.append(_median(f"{count} users", runs))
    return Comparison(
        "A preview by the number of users",
        figures,
        f"1,000 users add {figures[2].value - figures[0].value:.1f} s",
        "at most 2 s",
    )


def preview_with_policies() -> Comparison:
    """A preview with and without the policy pack: of a new registry, and of one that is there, all of whose values are known."""
    pack = ["--policy-pack", "policy", "--policy-pack-config", "policy/dev.json"]
    figures = []
    with registry() as space:
        for title in ("a new registry", "a registry that is there"):
            without, judged = _alternate(
                lambda: space.pulumi("preview"), lambda: space.pulumi("preview", *pack)
            )
            figures += [
                _median(f"{title}, no policies", without),
                _median(f"{title}, with the policy pack", judged),
            ]
            space.up()
    added = [_added(*figures[:2]), _added(*figures[2:])]
    result = f"the policy pack adds {added[0]:.2f} s and {added[1]:.2f} s"
    return Comparison("A preview with the policy pack", figures, result, "at most 1.5 s")


MEASURES: dict[str, Callable[[], Comparison]] = {
    "update": update_and_guide,
    "preview": preview_and_empty,
    "policy": preview_with_policies,
    "requests": authenticated_requests,
    "connections": tls_connections,
    "rotation": rotation_under_load,
    "upgrade": upgrade_under_load,
    "users": preview_by_users,
}
