"""``make renewal``: when the certificate changes, and what clients then need."""

from __future__ import annotations

import datetime
import json

import click

from cli.console import result
from cli.notice_option import notice_option
from cli.options import stack_option
from cli.pulumi.binary import require_pulumi
from cli.pulumi.stack import read_outputs
from cli.renewal import certificate_change, describe_change, is_due
from cli.stack_file import no_registry
from components.tls.renewal import NOTICE_DAYS


@click.command()
@stack_option
@notice_option(f"what needs an action within {NOTICE_DAYS} days")
def renewal(stack: str, output: str) -> None:
    """Print when the certificate changes, and what clients then need."""
    outputs = read_outputs(require_pulumi(), stack, secrets=False)
    if not outputs:
        raise no_registry(stack)
    change = certificate_change(stack, outputs)
    due = change is not None and is_due(change, datetime.datetime.now(datetime.UTC))
    effect = (
        describe_change(change, stack)
        if change
        else "No update changes a certificate. If there is one, others renew it."
    )
    if output == "json":
        found = {
            "stack": stack,
            "endpoint": outputs["endpoint"],
            "change": f"{change.time:%Y-%m-%dT%H:%M:%SZ}" if change else None,
            "certificateNotAfter": outputs["certificateNotAfter"] or None,
            "needsAction": bool(change and change.needs_action),
            "due": due,
            "effect": effect,
        }
        result(json.dumps(found, indent=2))
    elif output == "table" or due:
        result(f"{outputs['endpoint']}: {effect}")
