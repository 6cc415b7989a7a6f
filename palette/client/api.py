"""Paths and bodies of Palette's API for pack registries and OCI registries.

Source: Palette's OpenAPI document, version 4.8. :mod:`palette.client.http` sends the requests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

TENANT = "tenant"
"""Scope of all registrations. Palette has no registries in projects."""
UID = r"[A-Za-z0-9-]{1,64}"
"""Pattern of a UID. It is a part of paths."""
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


PACK_SEARCH_PATH = "/v1/packs/search"


def pack_search(uid: str) -> dict[str, Any]:
    """Return the body of a search for the packs of one registry."""
    return {"filter": {"registryUid": [uid]}}


def registry_kind(provider_type: str) -> RegistryKind:
    """Return the kind of a registry. Pack registries have no provider type."""
    return OCI if provider_type else PACK


@dataclass(frozen=True)
class Registration:
    """A registry as it is registered in Palette."""

    name: str
    """Palette cannot change the name of a registration."""
    endpoint: str
    username: str
    password: str
    ca_certificate: str
    """PEM certificates to trust. Empty for plain HTTP and for a certificate of a public CA."""
    insecure_skip_verify: bool
    provider_type: str = ""
    """Content of an OCI registry, as Palette names it. Empty for a pack registry."""
    base_path: str = ""
    """Path of an OCI registry's API below its endpoint."""
    base_content_path: str = ""
    """Packs of an OCI registry are in ``BASE_CONTENT_PATH/spectro-packs/archive``."""
    client_certificate: str = ""
    """PEM certificate that Palette presents to a registry that requires one."""
    client_key: str = ""

    @property
    def secrets(self) -> set[str]:
        """Values that messages must not contain."""
        return {self.password, self.client_key}

    @property
    def fixed_spec(self) -> dict[str, Any]:
        """Values of the spec that no setting changes."""
        # Palette ignores the other TLS settings, insecureSkipVerify among them, without `enabled`.
        tls_enabled = self.endpoint.startswith("https://") or self.insecure_skip_verify
        common = {"authType": "basic", "tlsEnabled": tls_enabled}
        if not self.provider_type:
            return {**common, "private": True}
        return {**common, "providerType": self.provider_type, "isSyncSupported": True}

    @property
    def spec(self) -> dict[str, Any]:
        """Body of a validation request, and ``spec`` of the other bodies."""
        common = {"endpoint": self.endpoint, "auth": self._auth, "scope": TENANT}
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
            "type": self.fixed_spec["authType"],
            "username": self.username,
            "password": self.password,
            "tls": {
                "enabled": self.fixed_spec["tlsEnabled"],
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

    def as_found(self, body: Mapping[str, Any]) -> FoundRegistration:
        """Return the registration with the values that Palette has.

        Palette leaves out empty fields, so a missing field is empty. If an object of the body is
        missing altogether, its values are kept. The password and other masked values are kept too.
        Differences in whitespace are ignored.
        """
        spec = _object(body, "spec")
        if not isinstance(body.get("spec"), Mapping):
            return FoundRegistration(self, self.fixed_spec)
        values: dict[str, Any] = {"endpoint": self._found("endpoint", spec.get("endpoint"))}
        values["name"] = name_of(body) or self.name
        fixed_spec = dict(self.fixed_spec)
        if self.provider_type:
            values["base_path"] = self._found("base_path", spec.get("basePath"))
            content_path = spec.get("baseContentPath")
            values["base_content_path"] = self._found("base_content_path", content_path)
            fixed_spec["providerType"] = spec.get("providerType") or ""
            fixed_spec["isSyncSupported"] = _is_sync_supported(body)
        else:
            fixed_spec["private"] = bool(spec.get("private"))
        if isinstance(spec.get("auth"), Mapping):
            auth, tls = _object(spec, "auth"), _object(_object(spec, "auth"), "tls")
            values |= {
                "username": self._found("username", auth.get("username")),
                "ca_certificate": self._found("ca_certificate", tls.get("ca")),
                "client_certificate": self._found("client_certificate", tls.get("certificate")),
                "client_key": self._found("client_key", tls.get("key")),
                "insecure_skip_verify": bool(tls.get("insecureSkipVerify")),
            }
            fixed_spec["authType"] = auth.get("type") or ""
            fixed_spec["tlsEnabled"] = bool(tls.get("enabled"))
        return FoundRegistration(replace(self, **values), fixed_spec)

    def _found(self, field: str, value: Any) -> str:
        """Return the current value if the value that Palette has is equal or masked."""
        current: str = getattr(self, field)
        text = str(value or "")
        if (text and not text.strip("*")) or _normalized(text) == _normalized(current):
            return current
        return text

    def is_likely(self, body: Mapping[str, Any]) -> bool:
        """Check whether Palette's registration has the same name, endpoint, user and kind."""
        if name_of(body) != self.name:
            return False
        found = self.as_found(body).registration
        return not self.mismatch(body) and (found.name, found.endpoint, found.username) == (
            self.name,
            self.endpoint,
            self.username,
        )

    def mismatch(self, body: Mapping[str, Any]) -> str:
        """Describe why a registration, or its list entry, cannot become this one.

        The list of OCI registries also has Helm, Zarf and ECR registries. Lists also have the
        registries of the system, which belong to Palette.

        :returns: an empty string if it can become this one.
        """
        spec = _object(body, "spec")
        if not spec:
            return "Palette does not describe it"
        scope = str(spec.get("scope") or TENANT)
        if scope != TENANT:
            return f"it has the scope {scope}"
        if not self.provider_type:
            return ""
        registry_type = str(spec.get("registryType") or "basic")
        if registry_type != "basic":
            return f"it is an OCI registry of type {registry_type}"
        provider_type = str(spec.get("providerType") or "helm")  # the default of Palette's API
        if provider_type != self.provider_type:
            return f"it is an OCI registry for {provider_type}"
        return ""


@dataclass(frozen=True)
class FoundRegistration:
    """A registration as Palette has it."""

    registration: Registration
    fixed_spec: Mapping[str, Any]
    """Palette's values of :attr:`Registration.fixed_spec`."""


def _is_sync_supported(body: Mapping[str, Any]) -> bool:
    """Read the field from the spec or from the status. Palette's API has it in both."""
    status = _object(_object(body, "status"), "syncStatus")
    spec = _object(body, "spec")
    return bool(spec.get("isSyncSupported") or status.get("isSyncSupported"))


def uid_of(body: Mapping[str, Any]) -> str:
    """Return the UID of a registration, or an empty string if there is no valid one."""
    uid = body.get("uid") or _object(body, "metadata").get("uid")
    return uid if isinstance(uid, str) and re.fullmatch(UID, uid) else ""


def name_of(body: Mapping[str, Any]) -> str:
    """Return the name of a registration."""
    return str(_object(body, "metadata").get("name") or "")


def items_of(page: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return the registrations of a page, or None if the body is not a page."""
    items = page.get("items")
    if not isinstance(items, list | None):
        return None
    return [item for item in items or [] if isinstance(item, dict)]


def pack_count_of(page: Mapping[str, Any]) -> int | None:
    """Return the total number of packs of a search, or None if it is unknown."""
    count = _object(page, "listmeta").get("count")
    return count if type(count) is int and count >= 0 else None


def newest_version_of(item: Mapping[str, Any], uid: str) -> tuple[str, str]:
    """Return the name of a pack of a search, and its newest version in a registry.

    Source: PackMetadata in Palette's SDK. A version that Palette does not name is empty.
    """
    spec = _object(item, "spec")
    registries = spec.get("registries")
    for each in registries if isinstance(registries, list) else ():
        if isinstance(each, Mapping) and each.get("uid") == uid:
            return str(spec.get("name") or ""), str(each.get("latestVersion") or "")
    return str(spec.get("name") or ""), ""


def next_page_of(page: Mapping[str, Any]) -> Any:
    """Return the token of the next page, if there is one."""
    return _object(page, "listmeta").get("continue")


def _object(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = body.get(key)
    return value if isinstance(value, Mapping) else {}


def _normalized(value: Any) -> Any:
    return "\n".join(value.split()).rstrip("/") if isinstance(value, str) else value
