"""The next change of a registry's certificate, as the commands report it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from cli.console import make_command
from cli.settings import readable_settings
from components.tls.renewal import NOTICE_DAYS, CertificateChange, next_change


def certificate_change(stack: str, outputs: Mapping[str, Any]) -> CertificateChange | None:
    """Return the next change of a registry's certificate; None if no update causes it.

    :param outputs: the stack's outputs.
    """
    if not (end := str(outputs.get("certificateNotAfter") or "")):
        return None
    return next_change(readable_settings(stack).tls, end, str(outputs.get("caCertificate") or ""))


def is_due(change: CertificateChange, now: datetime.datetime) -> bool:
    """Whether an owner must act soon."""
    return change.needs_action and change.time - now <= datetime.timedelta(days=NOTICE_DAYS)


def describe_change(change: CertificateChange, stack: str) -> str:
    """Describe a change and what clients then need."""
    return change.effect.format(
        up=make_command("up", stack), registration=make_command("registration FILE=ca.crt", stack)
    )
