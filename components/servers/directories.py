"""Directories in which the servers of an OCI registry store packs in a file system."""

from __future__ import annotations

from components.servers.distribution.paths import ROOT_DIRECTORIES
from components.servers.zot.paths import ROOT_DIRECTORY
from components.settings import Flavor

OCI_DIRECTORIES = {"oci": ROOT_DIRECTORIES[Flavor.OCI], "zot": ROOT_DIRECTORY}
"""By format of the packs (``Settings.pack_format``)."""
