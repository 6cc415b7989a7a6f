"""Images that are pinned by digest.

An image that Docker loads from an archive has no digest of a registry. In the bundle, the stack
names the image by its tag, and the policies allow that. ``unbundle.sh`` checks the image's ID.
"""

from __future__ import annotations

import json
from typing import Any

from cli.console import CommandError

_SHOWN = 12


def unpinned_name(reference: str) -> str:
    """Return the name of an image in a bundle: with a tag, and without a digest."""
    name, _, digest = reference.partition("@")
    has_tag = ":" in name.rpartition("/")[2]
    tag = digest.replace(":", "-")[: len("sha256-") + _SHOWN]
    return name if has_tag or not digest else f"{name}:{tag}"


def unpin_stack_file(content: bytes, stack: str, reference: str) -> bytes:
    """Replace a pinned image in the text of a stack's file.

    :raises CommandError: if the file does not have it as plain text.
    """
    if content.count(reference.encode()) != 1:
        raise CommandError(
            f"Pulumi.{stack}.yaml: the image {reference} must be written once, on one line, so "
            "that the bundle can name it by its tag. Images in archives have no digest."
        )
    return content.replace(reference.encode(), unpinned_name(reference).encode())


def unpin_policy(content: str, reference: str) -> str:
    """Allow the image without a digest in a policy configuration.

    :param content: the configuration; empty if there is none.
    """
    config: dict[str, Any] = json.loads(content or "{}")
    repository = unpinned_name(reference).rpartition(":")[0]
    policy = config.get("image-pinned")
    options = policy if isinstance(policy, dict) else {"enforcementLevel": policy} if policy else {}
    allowed = [*options.get("unpinned", []), repository]
    config["image-pinned"] = {**options, "unpinned": list(dict.fromkeys(allowed))}
    return json.dumps(config, indent=2) + "\n"
