"""All resources of a registry on a Docker host: image, volumes, files and container."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pulumi
import pulumi_docker as docker

from common.labels import CONFIGURATION_LABEL
from components.docker.config_volume import declare_config_volume
from components.docker.container import (
    config_mounts,
    declare_container,
    server_labels,
    server_spec,
)
from components.docker.context import DockerContext
from components.docker.image import declare_image
from components.docker.plan import DockerPlan
from components.docker.server_user import server_user
from components.docker.server_version import configuration_digest, declared_version
from components.docker.smoke_test import tested_image
from components.docker.volumes import acme_mounts, data_mounts, scratch_mounts
from components.servers.inputs import ServerInputs


@dataclass(frozen=True)
class Deployment:
    """A declared registry."""

    container: docker.Container
    files_written: pulumi.Output[list[str]]
    """Known when the server's files are in place."""
    data_source: pulumi.Output[str]
    """The volume or directory of the host with the packs; empty for S3 and memory."""


def declare_deployment(
    context: DockerContext, plan: DockerPlan, inputs: ServerInputs
) -> Deployment:
    """Declare a registry's resources on a Docker host."""
    image = declare_image(context, plan.image)
    data = data_mounts(context, plan.container_name, plan.storage, context.docker_opts)
    acme = acme_mounts(context, plan.acme_volume, context.docker_opts)
    scratch = scratch_mounts(context, plan)
    sources = [mount.source for mount in [*data, *acme] if mount.source is not None]
    user = server_user(context, plan, image.image_id, [*data, *scratch])
    spec = replace(
        server_spec(plan),
        user=user,
        labels=server_labels(context, plan, inputs),
        mounts=[*data, *acme, *scratch],
    )
    digest = configuration_digest(spec, inputs)
    version = declared_version(spec, image.image_id, digest, inputs)
    image_id = tested_image(context, plan, version, inputs, user, sources)
    config = declare_config_volume(context, plan, image_id, user, version, inputs.files.groups)
    spec = replace(
        spec,
        image=image_id,
        labels={**spec.labels, CONFIGURATION_LABEL: digest},
        mounts=[*config_mounts(plan, config), *spec.mounts],
    )
    container = declare_container(context, plan, spec, config)
    data_source: pulumi.Output[str] = pulumi.Output.all(*(mount.source for mount in data)).apply(
        "".join
    )
    return Deployment(container, config.written, data_source)
