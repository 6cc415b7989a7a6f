"""Palette's paths and bodies for a pack registry: the one place that knows what they look like.

Source: Palette's OpenAPI document, version 4.8. Left out on purpose: how they are sent (``consumer/palette.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

REGISTRATIONS = "/v1/registries/pack"
VALIDATION = f"{REGISTRATIONS}/validate"
PAGE = 50
"""Registrations that Palette lists at once, at most."""


def registration_path(uid: str) -> str:
    """One registration."""
    return f"{REGISTRATIONS}/{uid}"


def sync_path(uid: str) -> str:
    """Starts a sync."""
    return f"{registration_path(uid)}/sync"


def sync_status_path(uid: str) -> str:
    """Tells how a sync goes."""
    return f"{sync_path(uid)}/status"


@dataclass(frozen=True)
class Registration:
    """What Palette is told of a registry."""

    name: str
    endpoint: str
    username: str
    password: str
    ca_certificate: str
    """PEM certificates to trust; empty for a registry without TLS."""
    insecure_skip_verify: bool
    scope: str
    """`tenant` or `project`."""

    @property
    def spec(self) -> dict[str, Any]:
        """The body of a validation, and the `spec` of the other bodies."""
        return {
            "endpoint": self.endpoint,
            "auth": {
                "type": "basic",
                "username": self.username,
                "password": self.password,
                "tls": {
                    "enabled": bool(self.ca_certificate),
                    "ca": self.ca_certificate,
                    "certificate": "",  # this pair would be the client's own
                    "key": "",
                    "insecureSkipVerify": self.insecure_skip_verify,
                },
            },
            "name": self.name,
            "private": True,
            "scope": self.scope,
        }

    @property
    def entity(self) -> dict[str, Any]:
        """The body that creates or changes a registration."""
        return {"metadata": {"name": self.name}, "spec": self.spec}

    def as_found(self, found: Mapping[str, Any]) -> Registration:
        """The registration as Palette has it.

        What Palette does not tell stays as it is here, and so does the password, which it masks, and what differs by white space alone.
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
        return replace(self, **{field: value for field, value in told.items() if value is not None and _plain(value) != _plain(getattr(self, field))})

    def is_likely(self, found: Mapping[str, Any]) -> bool:
        """Whether what Palette has is this registration, as far as it can be seen: the same registry, for the same user."""
        seen = self.as_found(found)
        return (seen.name, seen.endpoint, seen.username) == (self.name, self.endpoint, self.username)


def uid_of(found: Mapping[str, Any]) -> str:
    """A registration's identifier in Palette's answer."""
    return str(found.get("uid") or _group(found, "metadata").get("uid") or "")


def name_of(found: Mapping[str, Any]) -> str:
    """A registration's name in Palette's answer."""
    return str(_group(found, "metadata").get("name") or "")


def _group(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = body.get(key)
    return value if isinstance(value, Mapping) else {}


def _plain(value: Any) -> Any:
    return "\n".join(value.split()).rstrip("/") if isinstance(value, str) else value
