"""Conflicts between settings of the server's configuration and of its flavor."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from common.conflict import Conflict, ignored_setting
from components.servers.distribution.config_overrides import override_issues
from components.servers.distribution.references import reference_issues
from components.settings import Flavor, Server, Settings
from components.settings.registry import DEFAULT_PACK_PATH

SECRET_CHARACTERS, SECRET_DIFFERENT = 16, 5
PACK_DIRECTORY = "spectro-packs/archive"
"""Directory of packs below the base content path. Palette's documentation prescribes it."""


def server_conflicts(settings: Settings) -> Iterator[Conflict]:
    """Yield all conflicts."""
    if settings.server.extra:
        extra = settings.server.extra
        issues = list(override_issues(extra, settings.storage.kind, settings.tls.mode))
        for sentence in issues or reference_issues(extra, settings):
            yield Conflict((("server", "extra"),), sentence)
    yield from _config_file(settings.server)
    yield from _flavor(settings)
    yield from _base_content_path(settings)


def _config_file(server: Server) -> Iterator[Conflict]:
    if "service" in server.log_fields:
        yield Conflict(
            (("server", "logFields"),),
            'service is always "registry". Use another name (for example, "environment").',
        )
    names = [name.lower() for name in server.headers]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Conflict(
            (("server", "headers"),),
            f"{name} is listed twice. Header names are case-insensitive. Remove one of the two.",
        )
    secret = server.http_secret
    if isinstance(secret, str) and (
        len(secret) < SECRET_CHARACTERS or len(set(secret)) < SECRET_DIFFERENT
    ):
        yield Conflict(
            (("server", "httpSecret"),),
            f"is too easy to guess (sensitive value hidden). Must be {SECRET_CHARACTERS} or more "
            f"characters, at least {SECRET_DIFFERENT} of them different.",
        )


def _flavor(settings: Settings) -> Iterator[Conflict]:
    flavor = settings.flavor
    if settings.base_content_path and flavor is not Flavor.OCI:
        yield ignored_setting(("baseContentPath",), ("flavor",), flavor.value, Flavor.OCI.value)
    path = urlsplit(settings.public_endpoint).path
    if flavor is Flavor.OCI and path:
        yield Conflict(
            (("publicEndpoint",), ("flavor",)),
            f"the path {path} is not supported when flavor is oci: clients request /v2/ at the "
            "root of the host. Use a separate host or port of the proxy.",
        )
    elif path and (settings.server.extra.get("http") or {}).get("relativeurls"):
        yield Conflict(
            (("publicEndpoint",), ("server", "extra")),
            f"the path {path} is not supported when server.extra sets http.relativeurls: clients "
            "would upload to the root of the host. Remove http.relativeurls.",
        )


def _base_content_path(settings: Settings) -> Iterator[Conflict]:
    """Reject a path that ends in Palette's own directory: Palette would look one level deeper."""
    path = settings.base_content_path
    if f"/{path}".endswith(f"/{PACK_DIRECTORY}"):
        before = path.removesuffix(PACK_DIRECTORY).rstrip("/") or DEFAULT_PACK_PATH
        yield Conflict(
            (("baseContentPath",),),
            f'must not end in {PACK_DIRECTORY} (for example, "{before}"). Palette looks for '
            f"packs at ENDPOINT/BASE_CONTENT_PATH/{PACK_DIRECTORY}/NAME:VERSION.",
        )
