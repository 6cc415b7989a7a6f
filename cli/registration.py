"""The registry in Palette's console: registered by the project in ``consumer``, or by hand, with the form filled in here."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import yaml

from cli.console import CommandError, say, stack_option
from cli.paths import PALETTE, ROOT
from cli.pulumi_cli import Pulumi, ensure_pulumi
from cli.removal import keeping
from cli.stack import UNCHECKED, ensure_stack, is_up, make, outputs, written_config
from cli.table import print_outputs
from components.settings import DEVELOPMENT_STACK
from palette.registration_output import (
    OUTPUT,
    RegistrationOutput,
    RegistrationOutputError,
    parse_registration_output,
)

TRUSTED = Path("/etc/spectro/certs.d")
"""Where the Spectro CLI looks for the certificates of registries: `HOST[:PORT]/ca.crt`."""

_WITH_THE_PROGRAM = "--run-program"
"""Pulumi keeps the API key of the last update; with the program it takes the one of the stack's config, should that be another by now."""


def _config_file(stack: str) -> Path:
    return ROOT / PALETTE.folder / f"Pulumi.{stack}.yaml"


def _written(stack: str) -> dict[str, Any]:
    """The registration's settings as they are written; none where there are none yet."""
    path = _config_file(stack)
    try:
        config = (yaml.safe_load(path.read_text()) or {}).get("config") or {}
        return {str(key).removeprefix(f"{PALETTE.name}:"): value for key, value in config.items()}
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, AttributeError):
        raise CommandError(
            f"{PALETTE.folder}/{path.name} is no valid stack file: config must be a group of keys."
        ) from None


def _ready(stack: str) -> Pulumi:
    """All that a command on a stack of the consumer needs."""
    if not _config_file(stack).exists():
        written_config(stack)  # a mistyped name must not make a new stack
    pulumi = ensure_pulumi().of(PALETTE)
    ensure_stack(pulumi, stack)
    return pulumi


@click.command()
@stack_option
def register(stack: str) -> None:
    """Register the registry in Palette, or bring its registration in line, and have Palette read it."""
    pulumi = _ready(stack)
    say(f"Registering the registry of {stack} in Palette")
    if pulumi.run(
        "up",
        "--stack",
        stack,
        "--yes",
        "--skip-preview",
        "--refresh",
        _WITH_THE_PROGRAM,
        "--suppress-outputs",
        UNCHECKED,
    ):
        again = make("register", stack)
        raise CommandError(
            f"The registration of {stack} failed, for the reason above; nothing is lost, mend it and run `{again}` again."
        )
    print_outputs(
        outputs(pulumi, stack, secrets=False),
        "table",
        f"pulumi stack output {{name}} --stack {stack}{PALETTE.option}",
    )
    say(
        f"The registry is registered. Run `{make('register', stack)}` again after its passwords or certificate changed; "
        f"`{make('unregister', stack)}` removes it."
    )


@click.command("register-preview")
@stack_option
def register_preview(stack: str) -> None:
    """Show what `register` would change."""
    sys.exit(
        _ready(stack).run(
            "preview", "--stack", stack, "--diff", "--refresh", _WITH_THE_PROGRAM, UNCHECKED
        )
    )


@click.command()
@stack_option
def unregister(stack: str) -> None:
    """Remove the registration; the registry itself stays as it is."""
    if not _config_file(stack).exists():
        written_config(stack)
    if not is_up(ensure_pulumi().of(PALETTE), stack):
        say(f"There is no registration of {stack}; nothing was removed.")
        return
    pulumi = _ready(stack)
    destroy = ("destroy", "--stack", stack, "--yes", "--skip-preview", UNCHECKED)
    if pulumi.run(*destroy):
        say("Trying again with the API key of the stack's config")
        if pulumi.run(*destroy, _WITH_THE_PROGRAM):
            again = make("unregister", stack)
            raise CommandError(
                f"The registration of {stack} could not be removed, for the reason above; mend it and run `{again}` again."
            )
    kept = keeping(f"{PALETTE.folder}/Pulumi.{stack}.yaml")
    say(
        f"No registration of {stack} is left in Palette; the registry itself runs on.{kept}"
    )  # a first one that failed never was there


@click.command()
@stack_option
@click.option(
    "--file",
    default="",
    help="Where to write the CA certificate: ca.crt for the stack dev, and ca-STACK.crt for others.",
)
@click.option(
    "--cli-trust", is_flag=True, help="Write it to where the Spectro CLI looks for it, too."
)
@click.option("--secrets", is_flag=True, help="Show the password.")
def registration(stack: str, file: str, cli_trust: bool, secrets: bool) -> None:
    """Print the console's form filled in, and write the CA certificate; Palette is not asked."""
    written_config(stack)
    values = outputs(ensure_pulumi(), stack, secrets=True)
    if not values:
        raise CommandError(
            f"The stack {stack} has no outputs; bring it up with `make up STACK={stack}`."
        )
    try:
        found = parse_registration_output(values.get(OUTPUT), stack)
    except RegistrationOutputError as error:
        raise CommandError(str(error)) from None
    certificate = Path(file or ("ca.crt" if stack == DEVELOPMENT_STACK else f"ca-{stack}.crt"))
    if found.ca_certificate:
        _write(certificate, found.ca_certificate)
        say(f"The CA certificate is written to {certificate}")
    _print_form(found, _written(stack), certificate, secrets=secrets)
    if cli_trust:
        _trust(found, certificate)


def _print_form(
    found: RegistrationOutput, settings: Mapping[str, Any], certificate: Path, *, secrets: bool
) -> None:
    """The fields of *Tenant Settings, Registries, Pack Registries, Add New Pack Registry*, or of an OCI registry's form, in their order."""
    skips = not found.https and str(settings.get("insecureSkipVerify")).lower() == "true"
    hidden = (
        "[secret], shown with SECRETS=1"
        if found.password
        else "(the one of the bcrypt hash in the stack's users)"
    )
    fields = {
        "Name": settings.get("registrationName") or found.name,
        **({"Provider": "Pack", "OCI Authentication Type": "Basic"} if found.provider_type else {}),
        "Endpoint": found.endpoint,
        **(
            {"Base Content Path": found.base_content_path or "leave it empty"}
            if found.provider_type
            else {}
        ),
        "Username": found.username,
        "Password": (secrets and found.password) or hidden,
        "TLS certificate": str(certificate)
        if found.ca_certificate
        else f"(none: {_no_certificate(found)})",
        **(
            {"Client certificate, key": "tls.clientCertificatePem, tls.clientPrivateKeyPem"}
            if found.client_certificate
            else {}
        ),
        "Insecure Skip TLS Verify": "tick it" if skips else "leave it empty",
    }
    width = max(len(name) for name in fields)
    for name, value in fields.items():
        click.echo(f"{name:<{width}}  {value}")


def _no_certificate(found: RegistrationOutput) -> str:
    """Why there is no certificate to trust."""
    return (
        "the registry's is a public authority's"
        if found.https
        else "the registry speaks plain HTTP"
    )


def _trust(found: RegistrationOutput, certificate: Path) -> None:
    """Let the Spectro CLI of this machine trust the registry."""
    if found.provider_type:
        raise CommandError(
            "CLI_TRUST: the Spectro CLI speaks to pack registries only; oras takes the certificate with --ca-file."
        )
    if found.https and not found.ca_certificate:
        raise CommandError(
            "CLI_TRUST: the registry's certificate is a public authority's, which the Spectro CLI trusts as it is."
        )
    if not found.https:
        raise CommandError(
            "CLI_TRUST: the registry speaks plain HTTP and has no certificate; the Spectro CLI takes --insecure instead."
        )
    target = TRUSTED / urlsplit(found.endpoint).netloc / "ca.crt"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(found.ca_certificate)
    except PermissionError:
        command = shlex.join(["sudo", "install", "-D", "-m", "0644", str(certificate), str(target)])
        raise CommandError(
            f"CLI_TRUST: this user may not write {target}; run `{command}`."
        ) from None
    except OSError as error:
        raise CommandError(
            f"CLI_TRUST: {target} can't be written ({error.strerror}); mend that, then run this again."
        ) from None
    say(f"The Spectro CLI of this machine trusts the registry by {target}")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as error:
        raise CommandError(
            f"FILE: {path} can't be written ({error.strerror}); allowed is a file in a directory that is there."
        ) from None


@click.command("register-key")
@stack_option
def register_key(stack: str) -> None:
    """Keep the Palette API key, encrypted, in the config of the consumer's stack: the one in PALETTE_API_KEY, else the one that is typed."""
    key = os.environ.get("PALETTE_API_KEY")  # no option: a command line is everybody's to read
    if not key and not sys.stdin.isatty():
        raise CommandError(
            f"The API key can't be asked for without a terminal; run `PALETTE_API_KEY=... {make('register-key', stack)}`."
        )
    key = key or str(click.prompt("Palette API key", hide_input=True))
    pulumi = _ready(stack)
    kept = pulumi.ask("config", "set", "--secret", "paletteApiKey", "--stack", stack, stdin=key)
    if kept.returncode:
        raise CommandError(kept.stderr.strip())
    say(
        f"The API key is kept, encrypted, in palette/Pulumi.{stack}.yaml; go on with `{make('register', stack)}`."
    )


COMMANDS = (register, register_preview, register_key, unregister, registration)
