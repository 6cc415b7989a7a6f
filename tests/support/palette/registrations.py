"""Registrations that the stub of Palette's API stores."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

MASK = "********"


@dataclass(frozen=True)
class Kind:
    """Registries that share paths of the API."""

    name: str
    names: frozenset[str]
    """Kinds of the registrations at the path of one registration."""
    listed_names: frozenset[str]
    """Kinds of the registrations in the list."""
    paths: dict[str, str]
    """Path of the API -> what it does."""


PACK = Kind(
    "pack",
    frozenset({"pack"}),
    frozenset({"pack"}),
    {
        "/v1/registries/pack/validate": "validate",
        "/v1/registries/pack/{uid}": "item",
        "/v1/registries/pack/{uid}/sync": "sync",
        "/v1/registries/pack/{uid}/sync/status": "status",
        "/v1/registries/pack": "all",
    },
)
OCI = Kind(
    "oci",
    frozenset({"oci"}),
    frozenset({"oci", "ecr"}),
    {
        "/v1/registries/oci/basic": "all",
        "/v1/registries/oci/basic/validate": "validate",
        "/v1/registries/oci/summary": "all",
        "/v1/registries/oci/{uid}/basic": "item",
        "/v1/registries/oci/{uid}/basic/sync": "sync",
        "/v1/registries/oci/{uid}/basic/sync/status": "status",
    },
)


@dataclass
class StoredRegistration:
    """One registration."""

    kind: str
    """``pack``, ``oci`` or ``ecr``."""
    name: str
    spec: dict[str, Any]

    def body(self, uid: str, *, masks: bool) -> dict[str, Any]:
        """Return the registration as a response has it."""
        auth = dict(self.spec["auth"])
        if masks and auth.get("password"):
            auth["password"] = MASK
        metadata = {"name": self.name, "uid": uid}
        metadata["creationTimestamp"] = "2026-11-24T00:00:00.000Z"
        return {"kind": self.kind, "metadata": metadata, "spec": {**self.spec, "auth": auth}}

    def oci_summary(self, uid: str) -> dict[str, Any]:
        """Return the entry of the list of OCI registries."""
        spec = {key: self.spec.get(key) for key in ("endpoint", "providerType", "scope")}
        registry_type = "ecr" if self.kind == "ecr" else "basic"
        return {
            "metadata": {"name": self.name, "uid": uid},
            "spec": {**spec, "registryType": registry_type, "isPrivate": True},
        }


class Registrations(dict[str, StoredRegistration]):
    """Registrations by UID."""

    def create(self, kind: str, name: str, spec: dict[str, Any]) -> str:
        uid = uuid.uuid4().hex[:24]
        self[uid] = StoredRegistration(kind, name, spec)
        return uid

    def add(
        self,
        name: str,
        endpoint: str = "https://elsewhere.example.com",
        kind: str = "pack",
        provider_type: str = "pack",
        scope: str = "tenant",
    ) -> str:
        """Add a registration of another owner and return its UID."""
        tls = {"enabled": True, "insecureSkipVerify": False}
        auth = {"type": "basic", "username": "admin", "password": "another password", "tls": tls}
        spec: dict[str, Any] = {"endpoint": endpoint, "auth": auth, "scope": scope}
        if kind == "pack":
            spec |= {"name": name, "private": True}
        else:
            sync = {"isSyncSupported": True, "baseContentPath": "elsewhere"}
            spec |= {"providerType": provider_type, **sync}
        return self.create(kind, name, spec)

    def of_kinds(self, kinds: frozenset[str], scope: str = "all") -> list[str]:
        """Return the UIDs of the registrations of some kinds in a scope."""
        return [
            uid
            for uid, found in self.items()
            if found.kind in kinds and scope in ("all", found.spec.get("scope"))
        ]

    def of_name(self, kind: Kind, name: str) -> list[str]:
        """Return the UIDs of the registrations with a name in a list."""
        return [uid for uid in self.of_kinds(kind.listed_names) if self[uid].name == name]
