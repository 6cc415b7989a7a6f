"""Labels that name the Pulumi project, stack and component of what is on a Docker host."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

from pulumi_policy import Severity

from common.labels import Owner
from policy.policy import Config, Option, ResourcePolicy, string_list
from policy.readers import kubernetes
from policy.readers.docker import CONTAINER, REMOTE_IMAGE, VOLUME, labels, to_label_inputs
from policy.readers.kubernetes import has_unknown_marks, marks
from policy.resources import UNKNOWN, Resource

_OWNERSHIP = tuple(Owner("", "", "").labels)


def _options() -> dict[str, Option]:
    return {"labels": string_list(_OWNERSHIP, "Labels that must exist, with any value.")}


def _missing(resource: Resource, config: Config) -> list[str]:
    if UNKNOWN in resource.get_list("labels"):
        return []
    return [label for label in config["labels"] if labels(resource).get(label) in (None, "")]


def _validate(resource: Resource, config: Config) -> Iterator[str]:
    if missing := _missing(resource, config):
        title = "Volume" if resource.type == VOLUME else "Container"
        yield f"{title} must have the labels {', '.join(missing)}"


def _validate_kubernetes(resource: Resource, config: Config) -> Iterator[str]:
    if has_unknown_marks(resource.properties):
        return
    found = marks(resource.properties)
    if missing := [label for label in config["annotations"] if found.get(label) in (None, "")]:
        yield f"{kubernetes.kind(resource)} must have the annotations {', '.join(missing)}"


def _remediate(properties: MutableMapping[str, Any], container: Resource, config: Config) -> bool:
    """Add labels to a container. The component is its parent, or else itself."""
    parts = container.urn.split("::")
    stack, project = parts[0].rpartition(":")[2], parts[1]
    in_component = "::pulumi:pulumi:Stack::" not in container.parent
    component = container.parent.rpartition("::")[2] if in_component else ""
    known = {"project": project, "stack": stack, "component": component or container.name}
    added = {
        label: known[kind]
        for label in _missing(container, config)
        if (kind := label.rpartition(".")[2]) in known
    }
    if not added:
        return False
    kept = [label for label in properties.get("labels") or [] if label["label"] not in added]
    properties["labels"] = [*kept, *to_label_inputs(added)]
    return True


CONTAINER_LABELS = ResourcePolicy(
    name="container-ownership-labels",
    description="Containers must have the labels of their project, stack and component.",
    reason="The labels show who owns a container.",
    severity=Severity.LOW,
    types=frozenset({CONTAINER}),
    validate=_validate,
    remediate=_remediate,
    settings=(),
    remediation="Remove the transformation in the program that changes them: the pack registry "
    "labels its containers",
    remediation_elsewhere="add them to the Container's labels",
    options=_options(),
)

VOLUME_LABELS = ResourcePolicy(
    name="volume-ownership-labels",
    description="Volumes must have the labels of their project, stack and component.",
    reason="The labels show who owns a volume. There is no remediation: another label "
    "replaces the volume and deletes its data.",
    severity=Severity.LOW,
    types=frozenset({VOLUME}),
    validate=_validate,
    settings=(),
    remediation="Remove the transformation in the program that changes them: the pack registry "
    "labels its volumes. An older volume keeps its labels: replace it, or exempt it",
    remediation_elsewhere="add them to the Volume's labels",
    options=_options(),
)


def _validate_image(image: Resource, config: Config) -> Iterator[str]:
    build = image.get("build")
    if not build or build is UNKNOWN:
        return
    groups = [build.get(key) or {} for key in ("label", "labels")]
    if UNKNOWN in groups:
        return
    found = {label: value for group in groups for label, value in group.items()}
    if missing := [label for label in config["labels"] if found.get(label) in (None, "")]:
        yield f"Image must be built with the labels {', '.join(missing)}"


IMAGE_LABELS = ResourcePolicy(
    name="image-ownership-labels",
    description="Images that the program builds must have the labels of their project, stack and "
    "component.",
    reason="The labels show who owns an image. Images that are pulled keep the labels of "
    "their publisher.",
    severity=Severity.LOW,
    types=frozenset({REMOTE_IMAGE}),
    validate=_validate_image,
    settings=("image",),
    remediation="Set image to an image that is pulled: the pack registry builds none",
    remediation_elsewhere="add them to build.label of the RemoteImage",
    options=_options(),
)

KUBERNETES_ANNOTATIONS = ResourcePolicy(
    name="kubernetes-ownership-annotations",
    description="Kubernetes resources must have the annotations of their project, stack and "
    "component.",
    reason="The annotations show who owns a resource. Labels with these keys count, too.",
    severity=Severity.LOW,
    types=kubernetes.CHECKED,
    validate=_validate_kubernetes,
    settings=(),
    remediation="Remove the transformation in the program that changes them: the pack registry "
    "annotates its resources",
    remediation_elsewhere="add them to metadata.annotations of the resource",
    options={
        "annotations": string_list(_OWNERSHIP, "Annotations that must exist, with any value.")
    },
)
