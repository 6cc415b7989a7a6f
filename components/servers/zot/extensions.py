"""zot's extensions: mirrors, checks of the blobs, metrics and the web page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from components.servers.paths import CONFIG_DIRECTORY, DOWNLOAD_DIRECTORY
from components.servers.zot.access import pattern
from components.servers.zot.paths import MIRROR_CREDENTIALS_FILE, mirror_ca_file
from components.settings import Mirror, Zot

RETRY_DELAY = "200ms"


def extensions(zot: Zot, *, changes_packs: bool) -> dict[str, Any]:
    """Return the section `extensions`.

    :param changes_packs: whether the server checks and copies packs by itself.
    """
    section: dict[str, Any] = {}
    if zot.metrics:
        section["metrics"] = {"enable": True, "prometheus": {"path": "/metrics"}}
    if zot.web:
        section |= {"search": {"enable": True}, "ui": {"enable": True}}
    if changes_packs and zot.scrub_interval:
        section["scrub"] = {"enable": True, "interval": zot.scrub_interval}
    if changes_packs and zot.mirrors:
        section["sync"] = _sync(zot.mirrors)
    return section


def mirror_credentials(mirrors: Sequence[Mirror], passwords: Mapping[int, str]) -> str:
    """Return the file with the mirrors' credentials, by host and port.

    :param passwords: password by the index of its mirror.
    """
    return json.dumps(
        {
            urlsplit(mirror.url).netloc: {
                "username": mirror.username,
                "password": passwords[index],
            }
            for index, mirror in enumerate(mirrors)
            if index in passwords
        }
    )


def _sync(mirrors: Sequence[Mirror]) -> dict[str, Any]:
    section: dict[str, Any] = {
        "enable": True,
        # A bucket requires it. In a file system, zot would copy packs next to the others, and an
        # interrupted copy would stay there for good.
        "downloadDir": DOWNLOAD_DIRECTORY,
        "registries": [_registry(index, mirror) for index, mirror in enumerate(mirrors)],
    }
    if any(mirror.password is not None for mirror in mirrors):
        section["credentialsFile"] = f"{CONFIG_DIRECTORY}/{MIRROR_CREDENTIALS_FILE}"
    return section


def _registry(index: int, mirror: Mirror) -> dict[str, Any]:
    tags = {"tags": {"regex": mirror.tags}} if mirror.tags else {}
    entry: dict[str, Any] = {
        "urls": [mirror.url],
        "onDemand": mirror.on_demand,
        "tlsVerify": True,
        "maxRetries": 3,
        # After a failure, every request is delayed by it until many have succeeded. While the
        # source is down, so is every answer to a client.
        "retryDelay": RETRY_DELAY,
        # Palette's packs have media types that only the original manifest keeps.
        "preserveDigest": True,
        "content": [{"prefix": pattern(path), **tags} for path in mirror.repositories or [""]],
    }
    if mirror.interval:
        entry["pollInterval"] = mirror.interval
    if mirror.ca_pem is not None:
        directory = mirror_ca_file(index).rpartition("/")[0]
        entry["certDir"] = f"{CONFIG_DIRECTORY}/{directory}"
    return entry
