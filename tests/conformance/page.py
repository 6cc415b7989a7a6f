"""``docs/explanation/conformance.md``: results by server, and the causes of failures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from cli.paths import ROOT
from tests.support.conformance import Results
from tools.docs.markdown import table

PAGE = ROOT / "docs" / "explanation" / "conformance.md"

ZOT, DISTRIBUTION, OPENED, DEVELOPMENT = (
    "zot",
    "Distribution",
    "Distribution (opened)",
    "development image",
)


@dataclass(frozen=True)
class Cause:
    """Why tests fail."""

    title: str
    pattern: str
    """A regular expression that the names of the tests match."""
    servers: frozenset[str]
    is_server: bool
    """Whether the server can't do it; otherwise, a setting can change it."""
    text: str


OF_DISTRIBUTION = frozenset({DISTRIBUTION, OPENED, DEVELOPMENT})
CAUSES = (
    Cause(
        "Digests of SHA-512",
        r"^sha512[ /]",
        OF_DISTRIBUTION,
        True,
        "The server stores every blob under its SHA-256 digest, and rejects manifests that name "
        "another one. Clients for packs use SHA-256.",
    ),
    Cause(
        "Referrers",
        r"^(artifacts|index)-with-subject/|^missing-subject/|/referrers$",
        OF_DISTRIBUTION,
        True,
        "The server has no API for referrers, and does not confirm a `subject`. Clients that "
        "attach signatures use a tag instead.",
    ),
    Cause(
        "Layers on other hosts",
        r"^non-distributable-layers/",
        frozenset({DISTRIBUTION, DEVELOPMENT}),
        False,
        "The server's own default rejects manifests whose layers have URLs, because every client "
        "would download from hosts that the pusher chose. The product keeps the default: a pack "
        "has no such layers, and the OCI deprecates them. To accept them, set `server.extra` to "
        '`{"validation": {"manifests": {"urls": {"allow": ["^https://"]}}}}`. The column "opened" '
        "has this setting.",
    ),
)

INTRODUCTION = """\
# OCI conformance

`make test-conformance` starts a registry with each server, and runs the conformance program of the
[OCI distribution specification](https://github.com/opencontainers/distribution-spec) 1.1 against it
as `admin`. A test fails if this page is stale.

- zot runs with its default settings, with TLS and without. The results are the same.
- Distribution runs with `ociServer: distribution`. "Opened" adds deletion and layers on other hosts
  in `server.extra`.
- The development image runs as an OCI registry of Distribution.

A category fails if one of its tests fails, for example, the one with a SHA-512 digest.
"""

SKIPPED = """\
## Skipped tests

- Cancelled uploads, mounts, and uploads in one request are optional. The program skips what a
  server answers with a permitted alternative.
- zot copies a blob instead of mounting it, because the product switches deduplication off:
  otherwise, a user who may only read could create repositories.
- Distribution's image does not allow deletion, and the product keeps that: it has no roles, so
  every user could delete packs. To allow it, set `server.extra` to
  `{"storage": {"delete": {"enabled": true}}}`.
"""


def cause_of(server: str, name: str) -> Cause | None:
    """Return why a test fails; None if it is unknown."""
    return next(
        (each for each in CAUSES if server in each.servers and re.search(each.pattern, name)), None
    )


def render(results: Mapping[str, Results], versions: Mapping[str, str]) -> str:
    """Return the page.

    :param versions: version by server.
    """
    counts = [
        [label, *(str(number(found)) for found in results.values())]
        for label, number in (
            ("**passed**", lambda found: found.passed),
            ("**failed**", lambda found: len(found.failed)),
            ("**skipped**", lambda found: found.skipped),
        )
    ]
    categories = [
        [category, *(_word(found.categories[category]) for found in results.values())]
        for category in next(iter(results.values())).categories
    ]
    parts = [
        INTRODUCTION,
        "Versions: " + ", ".join(f"{name} {each}" for name, each in versions.items()) + ".\n",
        table(["", *results], [*counts, *categories]) + "\n",
        "## Failed tests\n\nzot has none.\n",
        *(_section(cause, results) for cause in CAUSES),
        SKIPPED,
    ]
    return "\n".join(parts)


def _word(result: str) -> str:
    return {"Pass": "passed", "FAIL": "**failed**", "Skip": "skipped", "Disabled": "optional"}[
        result
    ]


def _section(cause: Cause, results: Mapping[str, Results]) -> str:
    names: Counter[str] = Counter()
    for server in results:
        own: Counter[str] = Counter(results[server].failed)
        names |= Counter({name: n for name, n in own.items() if cause_of(server, name) is cause})
    servers = [server for server in results if server in cause.servers]
    kind = "The server can't do it" if cause.is_server else "A setting decides"
    lines = [
        f"- `{name}`{f' ({count} times)' if count > 1 else ''}" for name, count in names.items()
    ]
    return "\n".join(
        [f"### {cause.title}", "", f"{kind}: {', '.join(servers)}. {cause.text}", "", *lines, ""]
    )
