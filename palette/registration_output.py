"""The output ``consoleRegistration`` of a registry's stack, and the inputs made from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from common.errors import UserError
from common.packs import pack_repository
from common.redaction import register_secrets
from common.validation import Issue, SettingsError
from palette.properties import to_registration

OUTPUT = "consoleRegistration"


class RegistrationOutput(BaseModel):
    """Value of the output :data:`OUTPUT`. Unknown fields are ignored."""

    model_config = ConfigDict(alias_generator=to_camel, hide_input_in_errors=True)

    name: str = Field(min_length=1)
    endpoint: str = Field(pattern=r"^https?://\S+$")
    username: str = Field(min_length=1)
    password: str
    """Empty if the registry's stack has only the bcrypt hash."""
    ca_certificate: str
    """PEM certificates to trust. Empty for plain HTTP and for a certificate of a public CA."""
    provider_type: Literal["", "pack"] = ""
    """Content of an OCI registry, as Palette names it. Empty for a pack registry."""
    base_path: str = ""
    base_content_path: str = ""
    client_certificate: str = ""
    """PEM certificate that Palette presents to a registry that requires one."""
    client_key: str = ""

    @property
    def https(self) -> bool:
        """Whether the registry uses TLS."""
        return self.endpoint.startswith("https://")

    @property
    def pack_repository(self) -> str:
        """Location of a pack in an OCI registry as Palette expects it, with placeholders."""
        host = urlsplit(self.endpoint).netloc
        repository = pack_repository(self.base_content_path, "NAME:VERSION")
        return "/".join(part for part in (host, self.base_path, repository) if part)


class RegistrationOutputError(UserError):
    """The registry's stack has no usable output :data:`OUTPUT`."""


def parse_registration_output(value: Any, stack: str) -> RegistrationOutput:
    """Parse the value of the output.

    :param stack: the stack that has the output, for error messages.
    :raises RegistrationOutputError: if the output is missing or incomplete.
    """
    if value is None:
        raise RegistrationOutputError(
            f"The stack {stack} has no output {OUTPUT}. Create its registry with "
            f"`make up STACK={_short_name(stack)}`, or set registryStack to the stack of "
            "a pack registry."
        )
    try:
        # Pulumi programs in some other languages export a secret object as a JSON string.
        output = RegistrationOutput.model_validate(
            json.loads(value) if isinstance(value, str) else value
        )
    except ValidationError as error:
        errors = error.errors(include_input=False)
        raise _invalid_fields(
            stack, {str(item["loc"][0]) if item["loc"] else OUTPUT for item in errors}
        ) from None
    except ValueError:
        raise _invalid_fields(stack, {OUTPUT}) from None
    register_secrets(output.password, output.client_key)
    return output


def _short_name(stack: str) -> str:
    """Return the stack name without organization and project."""
    return stack.rpartition("/")[2]


def _invalid_fields(stack: str, fields: set[str]) -> RegistrationOutputError:
    return RegistrationOutputError(
        f"The output {OUTPUT} of the stack {stack} is not the output of a pack registry (missing "
        f"or invalid: {', '.join(sorted(fields))}). Run `make up STACK={_short_name(stack)}` with "
        "the same version of this project, or set registryStack to the stack of a pack registry."
    )


def resource_inputs(
    output: RegistrationOutput, stack: str, *, name: str, insecure_skip_verify: bool, origin: str
) -> Mapping[str, Any]:
    """Return the resource inputs that come from the registry.

    :param stack: the registry's stack, for error messages.
    :param name: the setting ``registrationName``. If it is empty, the registry's name is used.
    :param insecure_skip_verify: the setting ``insecureSkipVerify``.
    :param origin: where the settings come from, for error messages.
    :raises RegistrationOutputError: if the password is unknown.
    :raises SettingsError: if ``insecureSkipVerify`` is set for a registry with a certificate.
    """
    if not output.password:
        raise RegistrationOutputError(
            f"The stack {stack} has only a bcrypt hash of the password of {output.username}, but "
            "Palette needs the password. Replace users[].bcrypt with users[].password, or remove "
            f"it to generate a password, and run `make up STACK={_short_name(stack)}`."
        )
    if insecure_skip_verify and output.https:
        sentence = (
            f"insecureSkipVerify must be false, because the registry at {output.endpoint} has "
            "a certificate. Palette trusts public CAs and the registry's caCertificate"
        )
        raise SettingsError([Issue(("insecureSkipVerify",), sentence)], origin)
    inputs = {
        "name": name or output.name,
        "endpoint": output.endpoint,
        "username": output.username,
        "password": output.password,
        "caCertificate": output.ca_certificate if output.https else "",
        "insecureSkipVerify": insecure_skip_verify,
        "providerType": output.provider_type,
        "basePath": output.base_path,
        "baseContentPath": output.base_content_path,
        "clientCertificate": output.client_certificate if output.https else "",
        "clientKey": output.client_key if output.https else "",
    }
    return {**inputs, "fixedSpec": to_registration(inputs).fixed_spec}
