"""Paths and bodies of Palette's API for pack registries and OCI registries.

Source: Palette's OpenAPI document, version 4.8. :mod:`palette.client.http` sends the requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

PAGE_SIZE = 50
"""Maximum number of registrations in one page of a list."""


@dataclass(frozen=True)
class RegistryKind:
    """Paths of the API for one kind of registry."""

    create_path: str
    list_path: str
    is_paginated: bool
    """Whether the list accepts ``limit`` and ``offset``."""
    item_path: str
    """Template of the path of one registration, with ``{uid}``."""

    @property
    def validate_path(self) -> str:
        """Path that validates a registry."""
        return f"{self.create_path}/validate"

    def registration_path(self, uid: str) -> str:
        """Return the path of one registration."""
        return self.item_path.format(uid=uid)

    def sync_path(self, uid: str) -> str:
        """Return the path that starts a sync."""
        return f"{self.registration_path(uid)}/sync"

    def sync_status_path(self, uid: str) -> str:
        """Return the path of the sync status."""
        return f"{self.sync_path(uid)}/status"


PACK = RegistryKind(
    create_path="/v1/registries/pack",
    list_path="/v1/registries/pack",
    is_paginated=True,
    item_path="/v1/registries/pack/{uid}",
)
OCI = RegistryKind(
    create_path="/v1/registries/oci/basic",
    list_path="/v1/registries/oci/summary",
    is_paginated=False,
    item_path="/v1/registries/oci/{uid}/basic",
)


def registry_kind(provider_type: str) -> RegistryKind:
    """Return the kind of a registry. Pack registries have no provider type."""
    return OCI if provider_type else PACK


@dataclass(frozen=True)
class Registration:
    """A registry as it is registered in Palette."""

    name: str
    endpoint: str
    username: str
    password: str
    ca_certificate: str
    """PEM certificates to trust. Empty for plain HTTP and for a certificate of a public CA."""
    insecure_skip_verify: bool
    scope: str
    """``tenant`` or ``project``."""
    provider_type: str = ""
    """Content of an OCI registry, as Palette names it. Empty for a pack registry."""
    base_path: str = ""
    """Path of an OCI registry's API below its endpoint."""
    base_content_path: str = ""
    """Prefix of the repository names of packs in an OCI registry."""
    client_certificate: str = ""
    """PEM certificate that Palette presents to a registry that requires one."""
    client_key: str = ""

    @property
    def secrets(self) -> set[str]:
        """Values that messages must not contain."""
        return {self.password, self.client_key}

    @property
    def spec(self) -> dict[str, Any]:
        """Body of a validation request, and ``spec`` of the other bodies."""
        common = {"endpoint": self.endpoint, "auth": self._auth, "scope": self.scope}
        if not self.provider_type:
            return {**common, "name": self.name, "private": True}
        return {
            **common,
            "providerType": self.provider_type,
            "basePath": self.base_path,
            "baseContentPath": self.base_content_path,
            "isSyncSupported": True,
        }

    @property
    def _auth(self) -> dict[str, Any]:
        return {
            "type": "basic",
            "username": self.username,
            "password": self.password,
            "tls": {
                "enabled": self.endpoint.startswith("https://"),
                "ca": self.ca_certificate,
                "certificate": self.client_certificate,
                "key": self.client_key,
                "insecureSkipVerify": self.insecure_skip_verify,
            },
        }

    @property
    def entity(self) -> dict[str, Any]:
        """Body that creates or updates a registration."""
        return {"metadata": {"name": self.name}, "spec": self.spec}

    def as_found(self, body: Mapping[str, Any]) -> Registration:
        """Return the registration with the values that Palette has.

        A value that Palette does not return is kept. The password and the client certificate are
        kept too, because Palette masks them. Differences in whitespace are ignored.
        """
        metadata, spec = _object(body, "metadata"), _object(body, "spec")
        auth = _object(spec, "auth")
        tls = _object(auth, "tls")
        found: dict[str, Any] = {
            "name": metadata.get("name"),
            "endpoint": spec.get("endpoint"),
            "username": auth.get("username"),
            "ca_certificate": "" if tls.get("enabled") is False else tls.get("ca"),
            "insecure_skip_verify": tls.get("insecureSkipVerify"),
        }
        if self.provider_type:
            found |= {
                "base_path": spec.get("basePath"),
                "base_content_path": spec.get("baseContentPath"),
            }
        changed = {
            field: value
            for field, value in found.items()
            if value is not None and _normalized(value) != _normalized(getattr(self, field))
        }
        return replace(self, **changed)

    def is_likely(self, body: Mapping[str, Any]) -> bool:
        """Check whether Palette's registration has the same name, endpoint and user."""
        found = self.as_found(body)
        return (found.name, found.endpoint, found.username) == (
            self.name,
            self.endpoint,
            self.username,
        )


def uid_of(body: Mapping[str, Any]) -> str:
    """Return the UID of a registration."""
    return str(body.get("uid") or _object(body, "metadata").get("uid") or "")


def name_of(body: Mapping[str, Any]) -> str:
    """Return the name of a registration."""
    return str(_object(body, "metadata").get("name") or "")


def items_of(page: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return the registrations of a page, or None if the body is not a page."""
    items = page.get("items")
    if not isinstance(items, list | None):
        return None
    return [item for item in items or [] if isinstance(item, dict)]


def next_page_of(page: Mapping[str, Any]) -> Any:
    """Return the token of the next page, if there is one."""
    return _object(page, "listmeta").get("continue")


def _object(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = body.get(key)
    return value if isinstance(value, Mapping) else {}


def _normalized(value: Any) -> Any:
    return "\n".join(value.split()).rstrip("/") if isinstance(value, str) else value
