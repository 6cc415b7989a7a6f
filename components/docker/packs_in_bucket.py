"""Packs in a bucket that a changed server can't read (``components/verification/absent.py``)."""

from __future__ import annotations

from collections.abc import Mapping

from common.labels import STORAGE_LABEL, TLS_LABEL
from components.docker.addresses import reachable_address
from components.docker.container_state import ContainerState
from components.docker.engine import DockerEngine
from components.docker.plan import DockerPlan
from components.settings import TlsMode
from components.storage.location import StorageLocation
from components.verification.absent import absent_packs
from components.verification.probe import Probe
from components.verification.tls_client import Endpoint, TlsTrust


def unreadable_packs(
    engine: DockerEngine,
    plan: DockerPlan,
    running: ContainerState | None,
    changed: Probe,
    passwords: Mapping[str, str],
    trust: TlsTrust,
) -> str:
    """Return why the changed server must not replace the running one; empty if it may.

    :param changed: the server of the smoke test.
    :param passwords: password by username, for users with a known password.
    """
    label = running.labels.get(STORAGE_LABEL) if running else None
    # With Let's Encrypt, a request could make the changed server request a certificate.
    if running is None or label is None or not running.served or plan.acme_volume:
        return ""
    previous = StorageLocation.from_label(label)
    if not plan.location.is_other_part_of_bucket(previous):
        return ""
    address, port = min(running.served)
    has_tls = running.labels.get(TLS_LABEL) != TlsMode.OFF
    endpoint = Endpoint(
        plan.hostname, reachable_address(engine, address), port, trust if has_tls else None
    )
    old = Probe(endpoint, plan.process.api)
    return absent_packs(previous, plan.location, old, changed, passwords)
