"""``make pack-delete``."""

from __future__ import annotations

import click

from cli.console import CommandError, info, make_command
from cli.options import stack_option
from cli.pack_options import pack_reference_option
from cli.purge import confirm
from cli.stack_file import read_config
from cli.stack_registry import read_registry
from common.errors import UserError


@click.command()
@stack_option
@pack_reference_option
@click.option("--yes", is_flag=True, help="Delete it without a confirmation.")
def pack_delete(stack: str, pack: tuple[str, str], yes: bool) -> None:
    """Delete a version of a pack."""
    from packs.deletion import DeletionDisabledError, delete_version
    from packs.pull import existing_manifest

    name, version = pack
    registry = read_registry(stack)
    if not registry.is_oci:
        raise CommandError(
            f"The registry of stack {stack} has flavor pack. Use the Spectro CLI: "
            f"`spectro pack tag delete {name}:{version} --registry-server {registry.server}`."
        )
    repository, client = registry.repository(name), registry.client()
    try:
        digest = existing_manifest(client, repository, version).digest
        if not yes:
            confirm(
                f"Delete {name}:{version} ({digest}) from the registry of stack {stack}? Cluster "
                "profiles that use it can't read it any more.",
                "make pack-delete",
                make_command(f"pack-delete PACK={name}:{version} YES=1", stack),
                "Nothing was deleted.",
            )
        others = delete_version(client, repository, version, digest)
    except DeletionDisabledError as error:
        raise CommandError(f"{error} {_fix(stack)}") from None
    except UserError as error:
        raise CommandError(str(error)) from None
    if others:
        info(
            f"Deleted {name}:{version} from the registry of stack {stack}. Its content stays, "
            f"because {', '.join(others)} {'has' if len(others) == 1 else 'have'} the same."
        )
        return
    info(
        f"Deleted {name}:{version} from the registry of stack {stack}. The next garbage collection "
        "frees its space."
    )


def _fix(stack: str) -> str:
    """Say how deletion is allowed, with the server of the stack."""
    if read_config(stack).get("ociServer") != "distribution":
        return "Check whether the registry is read-only."
    return (
        "CNCF Distribution deletes only with `storage: {delete: {enabled: true}}` in "
        f"pack-registry:server.extra of Pulumi.{stack}.yaml. Every user can delete then. Set it, "
        f"run `{make_command('up', stack)}`, and run the command again."
    )
