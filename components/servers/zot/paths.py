"""Paths and defaults of zot."""

from __future__ import annotations

from components.servers.paths import DATA_DIRECTORY

DEFAULT_ADDR = ":5000"

CONFIG_FILE = "zot.yaml"
RELOAD_FILE = "reload.json"
"""Configuration of a second process that makes the server read its files again (``reload.py``)."""
MIRROR_CREDENTIALS_FILE = "mirror-credentials.json"
SESSION_KEYS_FILE = "session-keys.json"
"""A key with which no session can be written or read (``sessions.py``)."""

ROOT_DIRECTORY = f"{DATA_DIRECTORY}/zot"
"""Directory of packs and of the database in a file system."""

BUCKET_DIRECTORY = "zot"
"""Directory of packs below the prefix of a bucket."""

CACHE_DIRECTORY = "/tmp/zot"  # noqa: S108 - a mount in memory
"""Directory of the database if the packs are in a bucket. zot derives it from the packs."""


def mirror_ca_file(index: int) -> str:
    """Return the path of a mirror's CA certificate. zot reads one from each directory."""
    return f"mirror-{index}/ca.crt"
