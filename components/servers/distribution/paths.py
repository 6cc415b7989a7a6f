"""Paths and defaults of CNCF Distribution."""

from __future__ import annotations

from components.servers.paths import DATA_DIRECTORY
from components.settings import Flavor

DEFAULT_ADDR = ":5000"

CONFIG_FILE = "registry.yml"

ROOT_DIRECTORIES = {
    Flavor.PACK: f"{DATA_DIRECTORY}/.spectro-server",
    Flavor.OCI: f"{DATA_DIRECTORY}/registry",
}
"""Directory of each flavor's packs in a file system: the pack registry's default, and another
directory for OCI, so that neither changes the other's files."""
