"""The registration as a Pulumi resource: preview, create, update in place, refresh, delete.

Pulumi stores the provider of a dynamic resource in the state, as a pickle. This provider is pickled
as a reference to its class, so the state contains no code, no path and no API key. Code would
differ between Python versions. The provider reads the API key from the stack config.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import pulumi
from pulumi import dynamic

from common.errors import UserError
from palette.client.api import Registration, name_of, registry_kind, uid_of
from palette.client.errors import PaletteError, UnknownOutcomeError
from palette.client.http import PaletteClient
from palette.client.retry import DEFAULT_RETRY_POLICY, RetryPolicy
from palette.properties import (
    REPLACE_ON_CHANGES,
    SECRET,
    UPDATABLE,
    found_properties,
    to_registration,
)
from palette.provider_host import hide_user_error_tracebacks
from palette.settings import API_KEY_SETTING

PROJECT = "pack-registry-palette"
_PROVIDER_FACTORY = (
    "__import__('sys').path.insert(0, '..') or "
    "__import__('palette.registration', fromlist=['palette']).RegistrationProvider()"
)
"""Expression that returns the provider. Pulumi evaluates it in the project's directory."""


class NameConflictError(UserError):
    """Palette has a registration with the same name that this stack did not create."""

    def __init__(self, name: str, found: Mapping[str, Any], mismatch: str) -> None:
        """Name the existing registration and the settings that resolve the conflict.

        :param mismatch: why it cannot be taken over. Empty if it can be.
        """
        existing = (
            f"Palette already has a registration named {name} (UID {uid_of(found)}), and this "
            "stack did not create it. "
        )
        fix = (
            f"It cannot be taken over, because {mismatch}. Change registrationName."
            if mismatch
            else "To take it over with its credentials, set adoptExisting to true. To keep it, "
            "change registrationName. If an update of this stack was killed while it created the "
            "registration, take it over."
        )
        super().__init__(existing + fix)


class RegistrationImportError(UserError):
    """The registration with the UID ``importUid`` cannot be taken over."""


class RegistrationProvider(dynamic.ResourceProvider):
    """Manages registrations through Palette's API."""

    serialize_as_secret_always = False

    def __init__(
        self,
        retry_policy: RetryPolicy = DEFAULT_RETRY_POLICY,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__()
        self._retry_policy = retry_policy
        self._sleep = sleep
        self._api_key = ""

    def __reduce__(self) -> tuple[Any, ...]:
        return eval, (_PROVIDER_FACTORY,)  # noqa: S307 - a constant

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Read the API key from the stack config."""
        self._api_key = str(req.config.get(f"{PROJECT}:{API_KEY_SETTING}") or "")
        hide_user_error_tracebacks()

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.DiffResult:
        """Compare the state with the new inputs.

        The state has the inputs of the last update, or what the last refresh found. Without a UID
        there is always something to do.
        """
        replaces = [key for key in REPLACE_ON_CHANGES if _olds.get(key) != _news.get(key)]
        uid, import_uid = _olds.get("uid"), _news.get("importUid")
        if uid and import_uid and uid != import_uid:
            replaces.append("importUid")
        changed = any(_olds.get(key) != _news.get(key) for key in UPDATABLE)
        return dynamic.DiffResult(changes=bool(replaces) or changed or not uid, replaces=replaces)

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Create the registration.

        If the request had no response and Palette does not respond to a search either, the UID in
        the state is empty. The update then fails (:mod:`palette.program`), and the next one
        searches for the registration again.

        :raises NameConflictError: if the name is in use and ``adoptExisting`` is false.
        :raises RegistrationImportError: if ``importUid`` is not a suitable registration.
        """
        client, registration = self._client(props), to_registration(props)
        client.validate(registration)
        uid = self._create_or_adopt(client, registration, props)
        return dynamic.CreateResult(registration.name, {**props, "uid": uid})

    def update(
        self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]
    ) -> dynamic.UpdateResult:
        """Update the registration in place. If its UID is unknown, search for it first."""
        client, registration = self._client(_news), to_registration(_news)
        client.validate(registration)
        uid = str(_olds.get("uid") or "") or self._find_created(client, to_registration(_olds))
        if uid:
            client.update(uid, registration)
        else:
            uid = self._create_or_adopt(client, registration, _news)
        return dynamic.UpdateResult({**_news, "uid": uid})

    def read(self, id_: str, props: dict[str, Any]) -> dynamic.ReadResult:
        """Read the registration from Palette, so that the next update reverts other changes.

        If it no longer exists, the result has no ID, and the next update creates it again.
        """
        if not props.get("uid"):
            return dynamic.ReadResult(id_, props)
        body = self._client(props).read(str(props["uid"]))
        if body is None:
            return dynamic.ReadResult("", {})
        found = to_registration(props).as_found(body)
        return dynamic.ReadResult(id_, {**props, **found_properties(found)})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove the registration, if it exists."""
        client, registration = self._client(_props), to_registration(_props)
        uid = str(_props.get("uid") or "") or self._find_created(client, registration)
        if uid:
            client.delete(uid, registration.name)

    def _client(self, props: Mapping[str, Any]) -> PaletteClient:
        if not self._api_key:
            raise UserError(
                f"{API_KEY_SETTING} is required. Store it with `make register-key` for the stack, "
                "for example `make register-key STACK=prod`."
            )
        return PaletteClient(
            str(props["paletteHost"]),
            self._api_key,
            self._retry_policy,
            kind=registry_kind(str(props.get("providerType") or "")),
        )

    def _create_or_adopt(
        self, client: PaletteClient, registration: Registration, props: Mapping[str, Any]
    ) -> str:
        """Create the registration, or take over the one with its name or with ``importUid``.

        :returns: the UID, or an empty string if it is unknown.
        """
        if import_uid := str(props.get("importUid") or ""):
            return self._import(client, registration, import_uid)
        found = client.find(registration)
        if found is None:
            return self._create(client, registration)
        uid = uid_of(found)
        mismatch = registration.mismatch(found)
        if props.get("adoptExisting") and not mismatch:
            body = client.read(uid)
            mismatch = registration.mismatch(body) if body else "it is of another kind"
            if not mismatch:
                client.update(uid, registration)
                return uid
        raise NameConflictError(registration.name, found, mismatch)

    def _import(self, client: PaletteClient, registration: Registration, uid: str) -> str:
        """Take over the registration with a UID."""
        body = client.read(uid)
        if body is None:
            kind = "OCI registry" if registration.provider_type else "pack registry"
            problem = f"Palette has no {kind} with the UID {uid}. Check the UID and paletteHost."
        elif mismatch := registration.mismatch(body):
            problem = f"the registration {uid} cannot be taken over, because {mismatch}."
        elif (name := name_of(body)) != registration.name:
            problem = (
                f"the registration {uid} is named {name}, not {registration.name}. Palette cannot "
                f"change names. Set registrationName to {name}."
            )
        else:
            client.update(uid, registration)
            return uid
        raise RegistrationImportError(f"importUid: {problem}")

    def _create(self, client: PaletteClient, registration: Registration) -> str:
        """Create the registration exactly once.

        Before the call there was no registration with this name. If a request has no response, a
        registration with the same name, endpoint and user is the result of that request. If there
        is none, the request is sent again. If the first request arrives late, Palette rejects the
        second one because of its name, and the search finds the first one. After status 500 the
        request is not sent again, because Palette has rejected it.

        :returns: the UID, or an empty string if it is unknown.
        """
        attempt = 1
        while True:
            try:
                return client.create(registration)
            except PaletteError as error:
                may_exist = isinstance(error, UnknownOutcomeError)
                if attempt == 1 and not may_exist:
                    raise
                try:
                    found = self._find_created(client, registration)
                except PaletteError:
                    return ""
                if found:
                    return found
                is_last = attempt == self._retry_policy.attempts
                if is_last or not may_exist or error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise
            policy = self._retry_policy
            self._sleep(min(policy.backoff * 2**attempt, policy.max_pause))
            attempt += 1

    def _find_created(self, client: PaletteClient, registration: Registration) -> str:
        """Return the UID of a registration with the same name, endpoint and user, or ""."""
        found = client.find(registration)
        uid = uid_of(found) if found else ""
        body = client.read(uid) if uid else None
        return uid if body and registration.is_likely(body) else ""


class PackRegistration(dynamic.Resource, module="palette", name="PackRegistration"):
    """A registration in Palette."""

    uid: pulumi.Output[str]
    """Palette's UID. Empty if it is unknown whether Palette created the registration."""

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
