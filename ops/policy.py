"""Whether a stack is held against the policy pack, and how the Pulumi CLI is told so. The rules themselves are in ``policy/``."""

from __future__ import annotations

from components.model import DEVELOPMENT_STACK
from ops.paths import ROOT

PACK = ROOT / "policy"


def is_judged(stack: str, asked: bool | None) -> bool:
    """Whether a stack is held against the pack: as it was asked, else every stack but the one for development."""
    return stack != DEVELOPMENT_STACK if asked is None else asked


def policy_arguments(stack: str, asked: bool | None) -> list[str]:
    """What the CLI is told: the pack, and the stack's configuration of it where there is one; nothing where it is not judged.

    :param asked: what the user said; None for nothing.
    """
    if not is_judged(stack, asked):
        return []
    config = PACK / f"{stack}.json"
    return ["--policy-pack", str(PACK), *(["--policy-pack-config", str(config)] if config.exists() else [])]
