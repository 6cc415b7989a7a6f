"""The registration in Palette as a resource: previewed, kept in state, changed in place, read back and removed.

Pulumi keeps with a dynamic resource what its provider is, so that it can be run without the program. Here that is only where it is found:
neither the provider's code, which would differ from one Python to the next, nor anything of this machine, nor the API key, which the provider
reads from the stack's config when it is configured.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
from pulumi import dynamic

from common.errors import UserError
from palette import bodies
from palette.palette import PATIENT, Palette, Patience
from palette.palette_error import PaletteError, UnknownOutcomeError
from palette.settings import KEY

PROJECT = "pack-registry-palette"
ELSEWHERE = ("paletteHost", "projectUid", "providerType")
"""Inputs that say where a registration is: with another one it is another registration."""
CONTENT = (
    *("name", "endpoint", "username", "password", "caCertificate", "insecureSkipVerify"),
    *("basePath", "baseContentPath", "clientCertificate", "clientKey"),
)
"""Inputs that say what it is."""
SECRET = ("password", "clientKey")
"""Those of them that are secret."""

_FOUND_AGAIN = "__import__('sys').path.insert(0, '..') or __import__('palette.registration', fromlist=['palette']).RegistrationProvider()"
"""Where the provider is, seen from the project's directory, in which Pulumi runs its host."""


class NameConflictError(UserError):
    """There is a registration of that name, made by others."""

    def __init__(self, name: str, found: Mapping[str, Any]) -> None:
        """Say what to do, for whoever made it."""
        super().__init__(
            f"Palette has a registration named {name} already (UID {bodies.uid_of(found)}), and this stack did not make it; set adoptExisting to "
            "true to take it over, credentials and all, or registrationName to another name. If an update of this stack was killed while it "
            "registered, it is the one to take over."
        )


class RegistrationProvider(dynamic.ResourceProvider):
    """Makes, changes, reads and removes registrations by Palette's API."""

    serialize_as_secret_always = False

    def __init__(
        self, patience: Patience = PATIENT, pause: Callable[[float], None] = time.sleep
    ) -> None:
        super().__init__()
        self._patience = patience
        self._pause = pause
        self._api_key = ""

    def __reduce__(self) -> tuple[Any, ...]:
        return eval, (
            _FOUND_AGAIN,
        )  # a name and a text: the same on every machine and in every version of Python

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Read the API key, and see that errors of ours are shown without the traceback that gRPC would add."""
        self._api_key = str(req.config.get(f"{PROJECT}:{KEY}") or "")
        logging.getLogger("grpc._server").addFilter(_is_no_error_of_ours)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.DiffResult:
        """Compare what was told to Palette last, or read there since, with what is to be told. Palette masks passwords, so these are never read."""
        # A state of an earlier version lacks what is empty for a pack registry; that is no change.
        moved = [key for key in ELSEWHERE if (_olds.get(key) or "") != (_news.get(key) or "")]
        changed = any((_olds.get(key) or "") != (_news.get(key) or "") for key in CONTENT)
        return dynamic.DiffResult(
            changes=bool(moved) or changed or not _olds.get("uid"), replaces=moved
        )

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Register, unless somebody else has under that name.

        Where a request to create was sent and not answered, and Palette can't be asked either what came of it, the resource is recorded
        without a UID: the update fails (``palette/program.py``), and the next one looks for the registration by its name.
        """
        palette, registration = self._palette(props), _registration(props)
        palette.validate(registration)
        uid = self._claimed(palette, registration, adopt=bool(props.get("adoptExisting")))
        return dynamic.CreateResult(registration.name, {**props, "uid": uid})

    def update(
        self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]
    ) -> dynamic.UpdateResult:
        """Bring the registration in line, under the UID that it has; where that is not known, under that of the one that was to be made."""
        palette, registration = self._palette(_news), _registration(_news)
        palette.validate(registration)
        uid = str(_olds.get("uid") or "") or self._made(palette, _registration(_olds))
        if uid:
            palette.update(uid, registration)
        else:
            uid = self._claimed(palette, registration, adopt=bool(_news.get("adoptExisting")))
        return dynamic.UpdateResult({**_news, "uid": uid})

    def read(self, id_: str, props: dict[str, Any]) -> dynamic.ReadResult:
        """What Palette has: what was changed there differs from the inputs then, and what was removed is made again."""
        if not props.get("uid"):
            return dynamic.ReadResult(id_, props)
        found = self._palette(props).read(str(props["uid"]))
        if found is None:
            return dynamic.ReadResult("", {})
        return dynamic.ReadResult(
            id_, {**props, **_properties(_registration(props).as_found(found))}
        )

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove the registration; that it is gone already is as good."""
        palette, registration = self._palette(_props), _registration(_props)
        uid = str(_props.get("uid") or "") or self._made(palette, registration)
        if uid:
            palette.delete(uid, registration.name)

    def _palette(self, props: Mapping[str, Any]) -> Palette:
        if not self._api_key:
            raise UserError(
                f"{KEY} is not set; set it with `pulumi config set --secret {KEY}` in the directory palette."
            )
        kind = bodies.kind(str(props.get("providerType") or ""))
        return Palette(
            str(props["paletteHost"]),
            self._api_key,
            str(props.get("projectUid") or ""),
            self._patience,
            kind=kind,
        )

    def _claimed(self, palette: Palette, registration: bodies.Registration, *, adopt: bool) -> str:
        """UID of the registration of that name, made, or taken over where that is allowed; empty where it is not known."""
        found = palette.find(registration.name)
        if found is None:
            return self._created(palette, registration)
        if not adopt:
            raise NameConflictError(registration.name, found)
        uid = bodies.uid_of(found)
        palette.update(uid, registration)
        return uid

    def _created(self, palette: Palette, registration: bodies.Registration) -> str:
        """Create, and be sure of it: UID, or empty where it is not known whether it was made.

        There was no registration of that name a moment ago. If a request ends without an answer and there is one now, for the same endpoint
        and user, it is that request's. If there is none, the request is sent again; should it arrive after all, Palette refuses the second
        of a name, and the first one is found.
        """
        attempt = 1
        while True:
            try:
                return palette.create(registration)
            except PaletteError as error:
                if attempt == 1 and not isinstance(error, UnknownOutcomeError):
                    raise
                try:
                    made = self._made(palette, registration)
                except PaletteError:
                    return ""
                if made:
                    return made
                if attempt == self._patience.tries or not isinstance(error, UnknownOutcomeError):
                    raise
            self._pause(min(self._patience.backoff * 2**attempt, self._patience.longest_pause))
            attempt += 1

    def _made(self, palette: Palette, registration: bodies.Registration) -> str:
        """UID of a registration that is this one as far as it can be seen; empty where there is none."""
        found = palette.find(registration.name)
        uid = bodies.uid_of(found) if found else ""
        in_full = palette.read(uid) if uid else None
        return uid if in_full and registration.is_likely(in_full) else ""


class PackRegistration(dynamic.Resource, module="palette", name="PackRegistration"):
    """One registration."""

    uid: pulumi.Output[str]
    """Palette's identifier; empty where it is not known whether the registration was made."""

    def __init__(
        self,
        name: str,
        props: Mapping[str, pulumi.Input[Any]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        opts = pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(additional_secret_outputs=list(SECRET))
        )
        super().__init__(RegistrationProvider(), name, {**props, "uid": None}, opts)


def _registration(props: Mapping[str, Any]) -> bodies.Registration:
    return bodies.Registration(
        name=str(props["name"]),
        endpoint=str(props["endpoint"]),
        username=str(props["username"]),
        password=str(props["password"]),
        ca_certificate=str(props["caCertificate"]),
        insecure_skip_verify=bool(props["insecureSkipVerify"]),
        scope="project" if props.get("projectUid") else "tenant",
        provider_type=str(props.get("providerType") or ""),
        base_path=str(props.get("basePath") or ""),
        base_content_path=str(props.get("baseContentPath") or ""),
        client_certificate=str(props.get("clientCertificate") or ""),
        client_key=str(props.get("clientKey") or ""),
    )


def _properties(registration: bodies.Registration) -> dict[str, Any]:
    """What can be read of a registration."""
    return {
        "name": registration.name,
        "endpoint": registration.endpoint,
        "username": registration.username,
        "caCertificate": registration.ca_certificate,
        "insecureSkipVerify": registration.insecure_skip_verify,
        "basePath": registration.base_path,
        "baseContentPath": registration.base_content_path,
    }


def _is_no_error_of_ours(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], UserError))
