"""All measures of `make bench`. Each function runs one comparison."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import bcrypt

from bench.figures import RUNS, Comparison, alternate, median, median_difference, median_ratio
from bench.guide import guide_registry
from bench.load import PASSWORD, answers, attack, server
from bench.oci import oci_servers
from bench.push import push_packs
from bench.replicas import requests_by_replicas
from bench.under_load import rotation_under_load, upgrade_under_load
from bench.workspace import UP, empty_program, plain_program, registry
from cli.paths import ROOT
from tests.support.docker import remove_all_of

UPDATE_RUNS = 25
"""More runs, because the search for the primes of an RSA key varies a lot on both sides."""


def update() -> Comparison:
    """Compare `make up` without its preparation with the steps of Palette's guide.

    A program that only declares the same resources shows what Pulumi itself takes.
    """
    make, pulumi, plain, guide = [], [], [], []
    for _ in range(UPDATE_RUNS):
        with guide_registry() as by_hand:
            guide.append(by_hand.seconds)
        with registry() as space:
            make.append(space.make(*UP))
        with registry() as space:
            pulumi.append(space.up())
        with plain_program() as space:
            plain.append(space.up())
    figures = [
        median("make up, its engine part", make),
        median("pulumi up, typed by hand", pulumi),
        median("pulumi up of the resources alone", plain),
        median("the steps of Palette's guide, as a script", guide),
    ]
    ratios = [median_ratio(figure, figures[3]) for figure in figures[:3]]
    result = (
        f"ratio {ratios[0]:.2f}, and {ratios[1]:.2f} typed by hand; "
        f"the resources alone {ratios[2]:.2f}"
    )
    return Comparison("From nothing to a verified registry", figures, result, "at most 1.2")


def preview() -> Comparison:
    """Compare a preview without changes with the preview of an empty program.

    A program that only declares the same resources shows what Pulumi itself takes.
    """
    with (
        registry() as space,
        plain_program() as plain,
        empty_program(own_environment=True) as empty,
        empty_program(own_environment=False) as shared,
    ):
        space.up()
        plain.up()
        programs = (space, plain, empty, shared)
        previews = [functools.partial(each.pulumi, "preview") for each in programs]
        runs = alternate(lambda: space.make("preview"), *previews)
    figures = [
        median("make preview, its engine part", runs[0]),
        median("pulumi preview, typed by hand", runs[1]),
        median("pulumi preview of the resources alone", runs[2]),
        median("an empty program, its own environment", runs[3]),
        median("an empty program, this project's environment", runs[4]),
    ]
    ratios = [median_ratio(figure, figures[4]) for figure in figures[:3]]
    result = (
        f"ratio {ratios[0]:.2f}, and {ratios[1]:.2f} typed by hand; "
        f"the resources alone {ratios[2]:.2f}"
    )
    return Comparison("A preview that shows no change", figures, result, "at most 1.4")


def preview_with_policies() -> Comparison:
    """Compare previews with and without the policy pack, before and after the first update.

    After the first update, the policies know all values. A pack with one policy that accepts
    everything shows what Pulumi itself takes.
    """
    empty = ["--policy-pack", str(ROOT / "bench" / "empty_policies")]
    pack = ["--policy-pack", "policy", "--policy-pack-config", "policy/dev.json"]
    figures = []
    with registry() as space:
        for title in ("a new registry", "an existing registry"):
            runs = alternate(
                *(functools.partial(space.pulumi, "preview", *each) for each in ([], empty, pack))
            )
            names = ("no policies", "with an empty policy pack", "with the policy pack")
            figures += [
                median(f"{title}, {name}", run) for name, run in zip(names, runs, strict=True)
            ]
            space.up()
    added, least = (
        [median_difference(figures[each], figures[each + pack]) for each in (0, 3)]
        for pack in (2, 1)
    )
    result = (
        f"the policy pack adds {added[0]:.2f} s and {added[1]:.2f} s, "
        f"an empty one {least[0]:.2f} s and {least[1]:.2f} s"
    )
    return Comparison("A preview with the policy pack", figures, result, "at most 0.25 s")


def preview_by_users() -> Comparison:
    """Compare previews without changes by the number of users, and the hashes alone."""
    figures = []
    for count in (1, 100, 1000):
        users = [{"name": f"user-{number}"} for number in range(count)]
        with registry(tls={"algorithm": "ecdsa-p256"}, users=users) as space:
            space.up()
            space.make("preview")
            runs = [space.make("preview") for _ in range(RUNS)]
            remove_all_of(space.stack)
        figures.append(median(f"{count} users", runs))
    hashes = median("1000 hashes alone", [_hash_seconds(1000) for _ in range(RUNS)])
    result = (
        f"1,000 users add {figures[2].value - figures[0].value:.2f} s, "
        f"and their hashes alone need {hashes.value:.2f} s"
    )
    return Comparison(
        "A preview by the number of users", [*figures, hashes], result, "at most 0.5 s"
    )


def _hash_seconds(count: int) -> float:
    """Return the seconds for hashes of the default cost, with a thread for each processor."""
    salt = bcrypt.gensalt(5)
    began = time.monotonic()
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda _: bcrypt.hashpw(PASSWORD.encode(), salt), range(count)))
    return time.monotonic() - began


def authenticated_requests() -> Comparison:
    """Compare requests per second by the bcrypt cost of the password."""
    costs = {"default cost (5)": 5, "cost 10": 10, "cost 12": 12, "no authentication": None}
    figures = []
    for name, cost in costs.items():
        with server(cost=cost) as target:
            catalog = replace(target, url=f"{target.url}/v1/_catalog")
            runs = [answers(attack(catalog, 4)).per_second for _ in range(RUNS)]
        figures.append(median(name, runs, "requests/s"))
    factor = figures[0].value / figures[1].value
    result = f"default cost: {factor:.1f} times the figure of cost 10"
    return Comparison("Authenticated requests", figures, result, "at least 12 times")


def tls_connections() -> Comparison:
    """Compare new TLS connections per second by the type of the certificate's key."""
    figures = []
    for name, ecdsa in (("RSA 4096", False), ("ECDSA P-256", True)):
        with server(ecdsa=ecdsa, cost=None) as target:
            health = replace(target, url=f"{target.url}/health")
            runs = [answers(attack(health, 4, keepalive=False)).per_second for _ in range(RUNS)]
        figures.append(median(name, runs, "connections/s"))
    factor = figures[1].value / figures[0].value
    return Comparison("New TLS connections", figures, f"ECDSA P-256: {factor:.1f} times RSA 4096")


MEASURES: dict[str, Callable[[], Comparison]] = {
    "update": update,
    "preview": preview,
    "policy": preview_with_policies,
    "requests": authenticated_requests,
    "connections": tls_connections,
    "replicas": requests_by_replicas,
    "oci": oci_servers,
    "push": push_packs,
    "rotation": rotation_under_load,
    "upgrade": upgrade_under_load,
    "users": preview_by_users,
}

CLUSTER_MEASURES = {"replicas"}
"""Measures that need a cluster (tests/kubernetes/__init__.py)."""
