"""``make registration``: the form of Palette's console, to register the registry by hand."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli.console import CommandError, info, make_command, result
from cli.options import file_option, secrets_option, stack_option
from cli.own_file import (
    NotOwnFileError,
    make_directories,
    write_chosen_file,
    write_own_file,
)
from cli.pulumi.binary import require_pulumi
from cli.pulumi.stack import read_outputs
from cli.registration import read_registration_config
from cli.spectro import trust_file
from cli.stack_file import read_config
from common.stacks import ca_file
from palette.registration_output import (
    OUTPUT,
    RegistrationOutput,
    RegistrationOutputError,
    parse_registration_output,
)


@click.command()
@stack_option
@file_option(
    "CA certificate file to write. Default: ca.crt for the stack dev, otherwise ca-STACK.crt."
)
@click.option("--cli-trust", is_flag=True, help="Also write it for the Spectro CLI.")
@secrets_option
def registration_form(stack: str, file: str, cli_trust: bool, secrets: bool) -> None:
    """Print the values for the console's form, and write the CA certificate to a file."""
    read_config(stack)
    values = read_outputs(require_pulumi(), stack, secrets=True)
    if not values:
        raise CommandError(
            f"Stack {stack} has no outputs. Create the registry with `{make_command('up', stack)}`."
        )
    try:
        registration = parse_registration_output(values.get(OUTPUT), stack)
    except RegistrationOutputError as error:
        raise CommandError(str(error)) from None
    certificate = Path(file or ca_file(stack))
    if registration.ca_certificate:
        write_chosen_file(certificate, registration.ca_certificate)
        info(f"Wrote the CA certificate to {certificate}")
    fields = _fields(registration, read_registration_config(stack), certificate, secrets=secrets)
    width = max(len(name) for name in fields)
    for name, value in fields.items():
        result(f"{name:<{width}}  {value}", secrets=secrets)
    if cli_trust:
        _trust(registration, certificate)


def _fields(
    registration: RegistrationOutput, config: Mapping[str, Any], certificate: Path, *, secrets: bool
) -> dict[str, str]:
    """Fill in the form, in the order of its fields.

    It is in *Tenant Settings, Registries, Pack Registries, Add New Pack Registry*. The form of an
    OCI registry has more fields.
    """
    is_oci = bool(registration.provider_type)
    skip_verify = str(config.get("insecureSkipVerify")).lower() == "true"
    fields = {"Name": str(config.get("registrationName") or registration.name)}
    if is_oci:
        fields |= {"Provider": "Pack", "OCI Authentication Type": "Basic"}
    fields["Endpoint"] = registration.endpoint
    if is_oci:
        fields["Base Content Path"] = registration.base_content_path
    fields |= {
        "Username": registration.username,
        "Password": _password(registration, secrets=secrets),
        "TLS certificate": (
            str(certificate) if registration.ca_certificate else _no_certificate(registration)
        ),
    }
    if registration.client_certificate:
        fields["Client certificate, key"] = "tls.clientCertificatePem, tls.clientPrivateKeyPem"
    select = skip_verify and not registration.https
    fields["Insecure Skip TLS Verify"] = "select" if select else "do not select"
    if is_oci:
        fields["Push packs to"] = registration.pack_repository
    return fields


def _password(registration: RegistrationOutput, *, secrets: bool) -> str:
    if not registration.password:
        return "(the password of the bcrypt hash in the setting users)"
    return registration.password if secrets else "[secret], shown with SECRETS=1"


def _no_certificate(registration: RegistrationOutput) -> str:
    if registration.https:
        return "(none: a public CA issued the registry's certificate)"
    return "(none: the registry uses plain HTTP)"


def _trust(registration: RegistrationOutput, certificate: Path) -> None:
    """Write the CA certificate where the Spectro CLI of this machine looks for it."""
    if registration.provider_type:
        raise CommandError(
            "CLI_TRUST: the Spectro CLI supports only pack registries. With oras, use --ca-file."
        )
    if not registration.https:
        raise CommandError(
            "CLI_TRUST: the registry uses plain HTTP and has no certificate. "
            "With the Spectro CLI, use --insecure."
        )
    if not registration.ca_certificate:
        raise CommandError(
            "CLI_TRUST: a public CA issued the registry's certificate. "
            "The Spectro CLI trusts it without a file."
        )
    target = trust_file(registration.endpoint)
    try:
        make_directories(target.parent)
        write_own_file(target, registration.ca_certificate)
    except NotOwnFileError as error:
        raise CommandError(
            f"CLI_TRUST: {target} {error}. Remove it, then run this command again."
        ) from None
    except PermissionError:
        command = shlex.join(["sudo", "install", "-D", "-m", "0644", str(certificate), str(target)])
        raise CommandError(
            f"CLI_TRUST: you are not allowed to write {target}. Run `{command}`."
        ) from None
    except OSError as error:
        raise CommandError(
            f"CLI_TRUST: {target} can't be written ({error.strerror}). "
            "Fix that, then run this command again."
        ) from None
    info(f"The Spectro CLI on this machine now trusts the registry ({target})")
