"""What the registry's stack says of itself for the console's form, checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from common.errors import UserError
from common.validation import Issue, SettingsError

OUTPUT = "consoleRegistration"


class Console(BaseModel):
    """The output :data:`OUTPUT` of a registry's stack; what else it may hold is left aside."""

    model_config = ConfigDict(alias_generator=to_camel, hide_input_in_errors=True)

    name: str = Field(min_length=1)
    endpoint: str = Field(pattern=r"^https?://\S+$")
    username: str = Field(min_length=1)
    password: str
    ca_certificate: str
    """PEM certificates to trust; empty for plain HTTP, and for a certificate of a public authority."""
    provider_type: Literal["", "pack"] = ""
    """What an OCI registry holds, as Palette names it; empty for a pack registry."""
    base_path: str = ""
    base_content_path: str = ""
    client_certificate: str = ""
    client_key: str = ""
    """The pair with which Palette proves itself to a registry that asks for client certificates; empty for others."""

    @property
    def https(self) -> bool:
        """Whether the registry speaks TLS."""
        return self.endpoint.startswith("https://")


class RegistrationOutputError(UserError):
    """The registry's stack does not say what the form asks for."""


def console(value: Any, stack: str) -> Console:
    """The output's value as what the form asks for.

    :param stack: the stack that it comes from, for the message.
    :raises RegistrationOutputError: where there is none, or it is not complete.
    """
    if value is None:
        raise RegistrationOutputError(
            f"The stack {stack} has no output {OUTPUT}: bring its registry up with `make up STACK={_short(stack)}`, "
            "or set registryStack to the stack of a pack registry."
        )
    try:
        # Programs in other languages export a secret group as the text of its JSON.
        found = Console.model_validate(json.loads(value) if isinstance(value, str) else value)
    except ValidationError as error:
        keys = sorted(
            {
                str(item["loc"][0]) if item["loc"] else OUTPUT
                for item in error.errors(include_input=False)
            }
        )
        raise _incomplete(stack, keys) from None
    except ValueError:
        raise _incomplete(stack, [OUTPUT]) from None
    return found


def _short(stack: str) -> str:
    """A stack's name without organization and project."""
    return stack.rpartition("/")[2]


def _incomplete(stack: str, keys: list[str]) -> RegistrationOutputError:
    return RegistrationOutputError(
        f"The output {OUTPUT} of the stack {stack} is not what a pack registry's is (missing or wrong: {', '.join(keys)}): "
        f"run `make up STACK={_short(stack)}` with the same version of this project, or set registryStack to the stack of a pack registry."
    )


def inputs(
    found: Console, stack: str, *, name: str, insecure_skip_verify: bool, origin: str
) -> Mapping[str, Any]:
    """The registration's inputs that come from the registry.

    :param stack: the registry's stack, for the message.
    :param name: a name of the user's choice; empty for the registry's own.
    :param insecure_skip_verify: the setting.
    :param origin: where that is written.
    :raises RegistrationOutputError: where the password is not known.
    :raises SettingsError: where the setting would have Palette trust any certificate.
    """
    if not found.password:
        raise RegistrationOutputError(
            f"The stack {stack} does not know the password of {found.username}, who was given as a bcrypt hash, and Palette needs it: "
            "give users[].password there instead, or leave both out so that one is generated, and run "
            f"`make up STACK={_short(stack)}`."
        )
    if insecure_skip_verify and found.https:
        sentence = (
            f"insecureSkipVerify is set, but the registry at {found.endpoint} has a certificate, which Palette would then not check; "
            "remove it: Palette trusts public authorities, and the registry's caCertificate is given to it"
        )
        raise SettingsError([Issue(("insecureSkipVerify",), sentence)], origin)
    return {
        "name": name or found.name,
        "endpoint": found.endpoint,
        "username": found.username,
        "password": found.password,
        "caCertificate": found.ca_certificate if found.https else "",
        "insecureSkipVerify": insecure_skip_verify,
        "providerType": found.provider_type,
        "basePath": found.base_path,
        "baseContentPath": found.base_content_path,
        "clientCertificate": found.client_certificate if found.https else "",
        "clientKey": found.client_key if found.https else "",
    }
