"""Checks of `server.extra`: values that refer to a section or key that is missing.

The server ends at its start, or ignores the value. Source: Distribution 3.1, in `registry/`:
`handlers/app.go` (NewApp, configureRedis), `registry.go` (ListenAndServe) and
the constructors of the storage middleware.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.settings import Flavor, Settings

CACHES = ("inmemory", "redis")

MIDDLEWARE_OPTIONS = {
    "cloudfront": ("baseurl", "privatekey", "keypairid"),
    "redirect": ("baseurl",),
}
"""Options that a storage middleware requires."""

ITEM_KEYS = {
    "health.http": ("uri",),
    "health.tcp": ("addr",),
    "health.file": ("file",),
}
"""Keys that each item of a list requires."""


def reference_issues(extra: Mapping[str, Any], settings: Settings) -> Iterator[str]:
    """Find values whose section or key is missing, with one sentence for each.

    :param extra: the value of `server.extra`, valid by the schema.
    """
    yield from _cache(extra, settings.flavor)
    if "redirect" in _object(extra, "storage") and not _get(extra, "storage.redirect"):
        yield "storage.redirect needs disable. Set storage.redirect.disable to true or false."
    yield from _items(extra)
    yield from _middleware(extra)
    if _get(extra, "proxy") and not _get(extra, "proxy.remoteurl"):
        yield "proxy has no effect without remoteurl. Set proxy.remoteurl, or remove proxy."
    if _get(extra, "http.tls.clientauth") and not settings.tls.client_cas:
        yield (
            "http.tls.clientauth has no effect without client CAs: the server accepts clients "
            "without a certificate. Set tls.clientCas."
        )


def _cache(extra: Mapping[str, Any], flavor: Flavor) -> Iterator[str]:
    cache = _get(extra, "storage.cache.blobdescriptor")
    # The official image may be Distribution 2, which has the key addr.
    keys = ("addrs", "addr") if flavor is Flavor.PACK else ("addrs",)
    if cache == "redis" and not any(_get(extra, f"redis.{key}") for key in keys):
        yield (
            "storage.cache.blobdescriptor is redis, and redis.addrs is not set: the server would "
            'not start. Set redis.addrs, for example to ["redis:6379"], or set the cache to '
            "inmemory."
        )
    elif cache and cache not in CACHES:
        yield f"storage.cache.blobdescriptor: invalid value. Must be one of: {', '.join(CACHES)}."


def _items(extra: Mapping[str, Any]) -> Iterator[str]:
    for path, keys in ITEM_KEYS.items():
        for index, item in enumerate(_get(extra, path) or []):
            missing = [key for key in keys if not item.get(key)]
            if missing and not item.get("disabled"):
                yield f"{path}[{index}] needs {' and '.join(missing)}."
    for index, hook in enumerate(_get(extra, "log.hooks") or []):
        if hook.get("disabled"):
            continue
        if hook.get("type") != "mail":
            yield f"log.hooks[{index}].type must be mail."
        elif not _get(hook, "options.smtp.addr"):
            yield f"log.hooks[{index}] needs options.smtp.addr."


def _middleware(extra: Mapping[str, Any]) -> Iterator[str]:
    listed = _get(extra, "middleware.storage")
    for index, item in enumerate(listed if isinstance(listed, list) else []):
        options = _object(item, "options")
        required = MIDDLEWARE_OPTIONS.get(str(_get(item, "name")), ())
        if missing := [name for name in required if not options.get(name)]:
            names = " and ".join(f"options.{name}" for name in missing)
            yield f"middleware.storage[{index}] needs {names}."


def _get(section: Any, path: str) -> Any:
    """Return the value at a path; None if there is none."""
    for name in path.split("."):
        section = section.get(name) if isinstance(section, Mapping) else None
    return section


def _object(section: Any, name: str) -> Mapping[str, Any]:
    value = section.get(name) if isinstance(section, Mapping) else None
    return value if isinstance(value, Mapping) else {}
