"""Form of the request bodies that Palette's API documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_TLS = {"enabled": bool, "ca": str, "certificate": str, "key": str, "insecureSkipVerify": bool}
_AUTH = {"type": str, "username": str, "password": str, "tls": _TLS}
_PACK_SPEC = {"endpoint": str, "auth": _AUTH, "name": str, "private": bool, "scope": str}
_OCI_SPEC = {
    "endpoint": str,
    "auth": _AUTH,
    "providerType": str,
    "basePath": str,
    "baseContentPath": str,
    "isSyncSupported": bool,
    "scope": str,
}


@dataclass(frozen=True)
class Kind:
    """A kind of registries with its paths."""

    name: str
    spec: dict[str, Any]
    create_path: str
    list_path: str
    item_path: str
    list_parameters: frozenset[str]

    @property
    def entity(self) -> dict[str, Any]:
        return {"metadata": {"name": str}, "spec": self.spec}

    def includes(self, registration: dict[str, Any]) -> bool:
        """Check whether a registration is of this kind."""
        return ("providerType" in registration["spec"]) == ("providerType" in self.spec)


_UID = "(?P<uid>[0-9a-f]{24})"
PACK = Kind(
    "pack",
    _PACK_SPEC,
    "/v1/registries/pack",
    "/v1/registries/pack",
    f"/v1/registries/pack/{_UID}",
    frozenset({"limit", "offset", "continue"}),
)
OCI = Kind(
    "oci",
    _OCI_SPEC,
    "/v1/registries/oci/basic",
    "/v1/registries/oci/summary",
    f"/v1/registries/oci/{_UID}/basic",
    frozenset(),
)


def form_error(body: Any, form: Any, place: str = "body") -> str:
    """Return how a body differs from its form, or an empty string."""
    if not isinstance(form, dict):
        return "" if type(body) is form else f"{place} must be {form.__name__}"
    if not isinstance(body, dict):
        return f"{place} must be an object"
    if difference := set(body) ^ set(form):
        return f"{place} has unknown or missing fields: {sorted(difference)}"
    errors = (form_error(body[key], inner, f"{place}.{key}") for key, inner in form.items())
    return next(filter(None, errors), "")


def spec_error(spec: dict[str, Any], project: str) -> str:
    """Return what is inconsistent in a spec, or an empty string."""
    auth = spec["auth"]
    tls = auth["tls"]
    https = spec["endpoint"].startswith("https://")
    scope = "project" if project else "tenant"
    complete = auth["type"] == "basic" and auth["username"] and auth["password"]
    rules = {
        "scope must match the header ProjectUid": spec["scope"] == scope,
        "providerType must be helm, zarf or pack": spec.get("providerType", "pack")
        in ("helm", "zarf", "pack"),
        "auth must be basic, with username and password": complete,
        "tls.enabled must match the scheme of the endpoint": tls["enabled"] == https,
        "tls.ca requires tls.enabled": tls["enabled"] or not tls["ca"],
        "certificate and key require each other": bool(tls["certificate"]) == bool(tls["key"]),
    }
    return next((rule for rule, is_met in rules.items() if not is_met), "")
