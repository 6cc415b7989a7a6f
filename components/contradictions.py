"""Settings that are each allowed but not together; every rule says which keys clash, why, and what to do.

Left out on purpose: what can only be seen on the Docker host (``components/preflight.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from components import pem
from components.model import Settings, StorageKind, TlsMode

COMMON_NAME_LIMIT = 64
"""Characters that a certificate's common name may have (RFC 5280, appendix A.1, ub-common-name)."""


@dataclass(frozen=True)
class Contradiction:
    """Settings that clash: the places concerned, the one to change first, and the rest of the sentence that starts with its key."""

    paths: tuple[tuple[str | int, ...], ...]
    reason: str


def contradictions(settings: Settings) -> Iterator[Contradiction]:
    """All contradictions within otherwise valid settings."""
    yield from _certificate(settings)
    yield from _self_signed(settings)
    yield from _users(settings)
    yield from _storage(settings)


def _certificate(settings: Settings) -> Iterator[Contradiction]:
    """The PEM settings belong to mode provided, where they must fit each other and the hostname."""
    tls = settings.tls
    for name, value in (("certificatePem", tls.certificate_pem), ("privateKeyPem", tls.private_key_pem)):
        path = ("tls", name)
        if tls.mode is TlsMode.PROVIDED and value is None:
            yield Contradiction((path, ("tls", "mode")), "is not set; tls.mode provided needs a certificate chain and its private key in PEM")
        if tls.mode is not TlsMode.PROVIDED and value is not None:
            yield Contradiction(
                (path, ("tls", "mode")), f"is set, but tls.mode is {tls.mode.value} and would ignore it; set tls.mode to provided, or remove it"
            )
    if tls.mode is TlsMode.PROVIDED and isinstance(tls.certificate_pem, str) and isinstance(tls.private_key_pem, str):
        for name, reason in pem.faults(tls.certificate_pem, tls.private_key_pem, settings.hostname):
            yield Contradiction((("tls", name), ("tls", "mode"), ("hostname",)), reason)


def _self_signed(settings: Settings) -> Iterator[Contradiction]:
    """Settings that only a generated certificate has."""
    tls = settings.tls
    if tls.mode is TlsMode.SELF_SIGNED:
        if len(settings.hostname) > COMMON_NAME_LIMIT:
            yield Contradiction(
                (("hostname",), ("tls", "mode")),
                f"{settings.hostname} has {len(settings.hostname)} characters, but a self-signed certificate's common name takes at most "
                f"{COMMON_NAME_LIMIT} (RFC 5280); choose a shorter name, or set tls.mode to provided",
            )
        return
    ignored = {
        ("tls", "algorithm"): "algorithm" in tls.model_fields_set,
        ("tls", "validityDays"): "validity_days" in tls.model_fields_set,
        ("tls", "subject"): bool(tls.subject.model_fields_set),
        ("tls", "sans"): bool(tls.sans),
        ("ipAddresses",): bool(settings.ip_addresses),
    }
    for path, given in ignored.items():
        if given:
            yield Contradiction(
                (path, ("tls", "mode")),
                f"is set, but tls.mode is {tls.mode.value} and would ignore it; it belongs to tls.mode self-signed: set that, or remove it",
            )


def _users(settings: Settings) -> Iterator[Contradiction]:
    """Each name once; one source for each password."""
    seen: dict[str, int] = {}
    for index, user in enumerate(settings.users):
        path = ("users", index)
        if user.name in seen:
            yield Contradiction(((*path, "name"),), f"{user.name} is listed already as users[{seen[user.name]}]; each name is allowed once")
        seen.setdefault(user.name, index)
        if user.password is not None and user.bcrypt is not None:
            yield Contradiction(
                ((*path, "bcrypt"), (*path, "password")),
                "is set beside a password; allowed is one of password, bcrypt, or neither (a password is generated)",
            )
        if user.bcrypt is not None and user.cost is not None:
            yield Contradiction(
                ((*path, "cost"), (*path, "bcrypt")), "is set beside a ready bcrypt hash, which has its cost already; remove one of the two"
            )
        if user.rotation and (user.password is not None or user.bcrypt is not None):
            yield Contradiction(
                ((*path, "rotation"), (*path, "password"), (*path, "bcrypt")),
                "is set, but rotation is for generated passwords; change the password or hash itself, or remove it so that one is generated",
            )
        if isinstance(user.password, str) and user.password.lower() == user.name.lower():
            yield Contradiction(
                ((*path, "password"), (*path, "name")), "is the user's name; choose a password that can't be guessed, or none (one is generated)"
            )


def _storage(settings: Settings) -> Iterator[Contradiction]:
    """A volume's name and a directory's path each belong to their kind."""
    storage = settings.storage
    if storage.kind is StorageKind.PATH and not storage.path:
        yield Contradiction(
            (("storage", "path"), ("storage", "kind")),
            "is not set; storage.kind path needs a directory of the Docker host, for example /srv/pack-registry",
        )
    for kind, name, value in ((StorageKind.VOLUME, "path", storage.path), (StorageKind.PATH, "volume", storage.volume)):
        if storage.kind is kind and value:
            yield Contradiction(
                (("storage", name), ("storage", "kind")),
                f"{value} is set, but storage.kind is {kind.value} and would ignore it; remove it, or change storage.kind",
            )
    if storage.kind is StorageKind.VOLUME and settings.data_volume == settings.config_volume:
        yield Contradiction(
            (("storage", "volume"), ("containerName",)), f"{settings.data_volume} is the name of the configuration's volume; choose another name"
        )
    if storage.kind is StorageKind.PATH and not storage.keep_on_destroy:
        yield Contradiction(
            (("storage", "keepOnDestroy"), ("storage", "kind")),
            "false is for storage.kind volume; a directory of the host is never removed, so remove the setting",
        )
