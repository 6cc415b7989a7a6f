"""TODO describe."""

from __future__ import annotations

from components.servers.distribution import config_file
from components.servers.distribution.files import CERTIFICATE, CONFIGURATION, USERS
from components.settings import Settings, TlsMode


def writer_names(settings: Settings) -> dict[str, str]:
    """Name of the container that writes, by what it writes."""
    has_certificate = settings.https and settings.tls.mode is not TlsMode.LETS_ENCRYPT
    purposes = {
        USERS: True,
        CERTIFICATE: has_certificate,
        CONFIGURATION: config_file.needs_config_file(settings),
    }
    return {
        purpose: f"{settings.config_volume}-{purpose}-writer"
        for purpose, needed in purposes.items()
        if needed
    }


def candidate_name(settings: Settings) -> str:
    """Name of the container in which a new image is proven (``components/gate.py``)."""
    return f"{settings.container_name}-candidate"
