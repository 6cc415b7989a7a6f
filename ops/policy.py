"""Whether a stack is held against the policy pack, and how the Pulumi CLI is told so. The rules themselves are in ``policy/``."""

from __future__ import annotations

from ops.paths import ROOT

PACK = ROOT / "policy"

WITHOUT = "dev"
"""The one stack that is not held against the pack unless it is asked for."""


def is_judged(stack: str, asked: bool | None) -> bool:
    """Whether a stack is held against the pack: as it was asked, else every stack but ``dev``."""
    return stack != WITHOUT if asked is None else asked


def policy_arguments(stack: str, asked: bool | None) -> list[str]:
    """What the CLI is told: the pack, and the stack's configuration of it where there is one; nothing where it is not judged.

    :param asked: what the user said; None for nothing.
    """
    if not is_judged(stack, asked):
        return []
    config = PACK / f"{stack}.json"
    return ["--policy-pack", str(PACK), *(["--policy-pack-config", str(config)] if config.exists() else [])]
