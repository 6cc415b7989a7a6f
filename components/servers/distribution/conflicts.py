"""TODO describe."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from common.conflict import Conflict, ignored_setting
from components.servers.distribution.config_overrides import override_issues
from components.settings import Flavor, Settings

SECRET_CHARACTERS, SECRET_DIFFERENT = 16, 5
PACK_DIRECTORY = "spectro-packs/archive"
"""Directory of packs below the base content path. Palette's documentation prescribes it."""


def server_conflicts(settings: Settings) -> Iterator[Conflict]:
    """Find settings of the server that conflict."""
    yield from _server_file(settings)
    yield from _flavor(settings)
    yield from _base_content_path(settings)


def _server_file(settings: Settings) -> Iterator[Conflict]:
    """What `server.extra` may not say, and what the server's file must not lack."""
    if settings.server.extra:
        issues = override_issues(settings.server.extra, settings.storage.kind, settings.tls.mode)
        for sentence in issues:
            yield Conflict((("server", "extra"),), sentence)
    if "service" in settings.server.log_fields:
        yield Conflict(
            (("server", "logFields"),),
            "service is always registry; give the field another name, for example environment",
        )
    names = [name.lower() for name in settings.server.headers]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Conflict(
            (("server", "headers"),),
            f"{name} is there twice, and headers' names do not differ by case; remove one of them",
        )
    secret = settings.server.http_secret
    if isinstance(secret, str) and (
        len(secret) < SECRET_CHARACTERS or len(set(secret)) < SECRET_DIFFERENT
    ):
        yield Conflict(
            (("server", "httpSecret"),),
            f"the text given is too easily guessed (not shown, a secret); allowed are {SECRET_CHARACTERS} or more characters "
            f"of at least {SECRET_DIFFERENT} different kinds",
        )


def _flavor(settings: Settings) -> Iterator[Conflict]:
    """What the other flavor has not."""
    if settings.base_content_path and settings.flavor is not Flavor.OCI:
        yield ignored_setting(
            ("baseContentPath",), ("flavor",), settings.flavor.value, Flavor.OCI.value
        )
    if settings.flavor is Flavor.OCI and (path := urlsplit(settings.public_endpoint).path):
        yield Conflict(
            (("publicEndpoint",), ("flavor",)),
            f"{path} is a path, but flavor is oci and its clients ask for /v2/ at the root of a host; give the proxy a host or port for the registry",
        )


def _base_content_path(settings: Settings) -> Iterator[Conflict]:
    """Reject a path that ends in Palette's own directory: Palette would look one level deeper."""
    path = settings.base_content_path
    if f"/{path}".endswith(f"/{PACK_DIRECTORY}"):
        before = path.removesuffix(PACK_DIRECTORY).rstrip("/") or "packs"
        yield Conflict(
            (("baseContentPath",),),
            f'must not end in {PACK_DIRECTORY} (for example, "{before}"). Palette looks for packs '
            f"at ENDPOINT/BASE_CONTENT_PATH/{PACK_DIRECTORY}/NAME:VERSION.",
        )
