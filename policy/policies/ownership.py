"""What is made on a Docker host says whose it is: labels that name the Pulumi project, stack and component."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

from pulumi_policy import Severity

from policy.policies.docker import CONTAINER, LABELS, REMOTE_IMAGE, VOLUME, label_entries, labels
from policy.policy import Config, Option, ResourceRule, texts
from policy.resource import UNKNOWN, Declared

_OWNERSHIP = (f"{LABELS}.project", f"{LABELS}.stack", f"{LABELS}.component")


def _options() -> dict[str, Option]:
    return {"labels": texts(_OWNERSHIP, "Labels that must be there, with any value.")}


def _missing(resource: Declared, config: Config) -> list[str]:
    if UNKNOWN in resource.listed("labels"):
        return []
    return [label for label in config["labels"] if labels(resource).get(label) in (None, "")]


def _judge(resource: Declared, config: Config) -> Iterator[str]:
    if missing := _missing(resource, config):
        yield f"there is no label {', '.join(missing)}"


def _remedy(properties: MutableMapping[str, Any], container: Declared, config: Config) -> bool:
    """Label a container. Its URN has the stack and the project; its component is its parent, or itself."""
    parts = container.urn.split("::")
    stack, project = parts[0].rpartition(":")[2], parts[1]
    component = (
        container.parent.rpartition("::")[2]
        if "::pulumi:pulumi:Stack::" not in container.parent
        else ""
    )
    known = {"project": project, "stack": stack, "component": component or container.name}
    added = {
        label: known[kind]
        for label in _missing(container, config)
        if (kind := label.rpartition(".")[2]) in known
    }
    if not added:
        return False
    kept = [label for label in properties.get("labels") or [] if label["label"] not in added]
    properties["labels"] = [*kept, *label_entries(added)]
    return True


CONTAINER_LABELS = ResourceRule(
    name="container-ownership-labels",
    description="A container carries the labels that say which project, stack and component it belongs to.",
    severity=Severity.LOW,
    types=frozenset({CONTAINER}),
    judge=_judge,
    remedy=_remedy,
    keys=(),
    fix="the pack registry always labels its own, so a transformation in the program has changed them: remove that",
    elsewhere="add them to the Container's labels",
    options=_options(),
)

VOLUME_LABELS = ResourceRule(
    name="volume-ownership-labels",
    description="A volume carries the labels that say which project, stack and component it belongs to. There is no remediation: another label "
    "replaces a volume, and what is in it is lost.",
    severity=Severity.LOW,
    types=frozenset({VOLUME}),
    judge=_judge,
    keys=(),
    fix="the pack registry always labels its own; a volume that was there before keeps what it has: label it by making it anew, or lower this rule",
    elsewhere="add them to the Volume's labels",
    options=_options(),
)


def _judge_image(image: Declared, config: Config) -> Iterator[str]:
    build = image.get("build")
    if not build or build is UNKNOWN:
        return
    groups = [build.get(key) or {} for key in ("label", "labels")]
    if UNKNOWN in groups:
        return
    carried = {label: value for group in groups for label, value in group.items()}
    if missing := [label for label in config["labels"] if carried.get(label) in (None, "")]:
        yield f"the image is built without the label {', '.join(missing)}"


IMAGE_LABELS = ResourceRule(
    name="image-ownership-labels",
    description="An image that a program builds carries the labels that say which project, stack and component it belongs to; one that is pulled has "
    "its maker's labels, and Docker can't change them.",
    severity=Severity.LOW,
    types=frozenset({REMOTE_IMAGE}),
    judge=_judge_image,
    keys=("image",),
    fix="the pack registry builds no image: set image to one that is pulled",
    elsewhere="add them to build.label of the RemoteImage",
    options=_options(),
)
