"""Palette's paths and bodies for a pack registry and for an OCI registry with packs: the one place that knows what they look like.

Source: Palette's OpenAPI document, version 4.8. Left out on purpose: how they are sent (``palette/palette.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

PAGE = 50
"""Registrations that Palette lists at once, at most."""


@dataclass(frozen=True)
class Kind:
    """Where Palette keeps registrations of one kind."""

    registrations: str
    """Makes one."""
    listed: str
    """Lists them."""
    in_pages: bool
    """Whether the list comes in pages, which are asked for by parameters."""
    one: str
    """One of them, by its `uid`."""

    @property
    def validation(self) -> str:
        """Tries a registry."""
        return f"{self.registrations}/validate"

    def registration_path(self, uid: str) -> str:
        """One registration."""
        return self.one.format(uid=uid)

    def sync_path(self, uid: str) -> str:
        """Starts a sync."""
        return f"{self.registration_path(uid)}/sync"

    def sync_status_path(self, uid: str) -> str:
        """Tells how a sync goes."""
        return f"{self.sync_path(uid)}/status"


PACK = Kind("/v1/registries/pack", "/v1/registries/pack", True, "/v1/registries/pack/{uid}")
OCI = Kind(
    "/v1/registries/oci/basic",
    "/v1/registries/oci/summary",
    False,
    "/v1/registries/oci/{uid}/basic",
)


def kind(provider_type: str) -> Kind:
    """The kind of a registry by its provider type, which pack registries have none of."""
    return OCI if provider_type else PACK


@dataclass(frozen=True)
class Registration:
    """What Palette is told of a registry."""

    name: str
    endpoint: str
    username: str
    password: str
    ca_certificate: str
    """PEM certificates to trust; empty for a registry without TLS, or with a certificate of a public authority."""
    insecure_skip_verify: bool
    scope: str
    """`tenant` or `project`."""
    provider_type: str = ""
    """What an OCI registry holds, as Palette names it: `pack`; empty for a pack registry."""
    base_path: str = ""
    """Path of an OCI registry's API below its endpoint."""
    base_content_path: str = ""
    """What the names of an OCI registry's repositories with packs begin with."""
    client_certificate: str = ""
    """PEM certificate that Palette presents to a registry that asks for one; empty for others."""
    client_key: str = ""

    @property
    def secrets(self) -> set[str]:
        """What must not be shown."""
        return {self.password, self.client_key}

    @property
    def spec(self) -> dict[str, Any]:
        """The body of a validation, and the `spec` of the other bodies."""
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
        """The body that creates or changes a registration."""
        return {"metadata": {"name": self.name}, "spec": self.spec}

    def as_found(self, found: Mapping[str, Any]) -> Registration:
        """The registration as Palette has it.

        What Palette does not tell stays as it is here, and so do the password and the client's pair, which it masks, and what differs by white
        space alone.
        """
        metadata, spec = _group(found, "metadata"), _group(found, "spec")
        auth = _group(spec, "auth")
        tls = _group(auth, "tls")
        told: dict[str, Any] = {
            "name": metadata.get("name"),
            "endpoint": spec.get("endpoint"),
            "username": auth.get("username"),
            "ca_certificate": "" if tls.get("enabled") is False else tls.get("ca"),
            "insecure_skip_verify": tls.get("insecureSkipVerify"),
        }
        if self.provider_type:
            told |= {
                "base_path": spec.get("basePath"),
                "base_content_path": spec.get("baseContentPath"),
            }
        return replace(
            self,
            **{
                field: value
                for field, value in told.items()
                if value is not None and _plain(value) != _plain(getattr(self, field))
            },
        )

    def is_likely(self, found: Mapping[str, Any]) -> bool:
        """Whether what Palette has is this registration, as far as it can be seen: the same registry, for the same user."""
        seen = self.as_found(found)
        return (seen.name, seen.endpoint, seen.username) == (
            self.name,
            self.endpoint,
            self.username,
        )


def uid_of(found: Mapping[str, Any]) -> str:
    """A registration's identifier in Palette's answer."""
    return str(found.get("uid") or _group(found, "metadata").get("uid") or "")


def name_of(found: Mapping[str, Any]) -> str:
    """A registration's name in Palette's answer."""
    return str(_group(found, "metadata").get("name") or "")


def items_of(page: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """The registrations on a page of the list; nothing where it is no such page."""
    items = page.get("items")
    return (
        [item for item in items or [] if isinstance(item, dict)]
        if isinstance(items, list | None)
        else None
    )


def next_page_of(page: Mapping[str, Any]) -> Any:
    """What asks for the page behind this one, if Palette says that there is one."""
    return _group(page, "listmeta").get("continue")


def _group(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = body.get(key)
    return value if isinstance(value, Mapping) else {}


def _plain(value: Any) -> Any:
    return "\n".join(value.split()).rstrip("/") if isinstance(value, str) else value
