"""The `PackRegistry` component: a pack registry on a Docker host, verified after every update."""

# No `from __future__ import annotations`: Pulumi's component host reads these types at run time.
from typing import Optional

import pulumi

from common.features import current_features
from components.context import component_owner
from components.docker.context import DockerContext
from components.docker.deployment import declare_deployment
from components.docker.engine import DockerEngine
from components.docker.host_change import recorded_inputs
from components.docker.plan import docker_plan
from components.docker.post_update import finish_update
from components.docker.preflight.run import check_host
from components.docker.provider import component_options, reject_docker_provider
from components.docker.server_check import presented_certificate
from components.pack_registry_args import PackRegistryArgs
from components.registry_component import RegistryComponent, declare_inputs, verify_when_ready
from components.servers.server import registry_server
from components.settings import Target
from components.validation import validate_settings


class PackRegistry(RegistryComponent):
    """A pack registry on a Docker host: certificate, users, volumes and container."""

    def __init__(
        self, name: str, args: PackRegistryArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        """Validate the arguments, check the Docker host, and declare the resources.

        :raises SettingsError: if an argument is invalid.
        :raises PreflightError: if the Docker host is not ready.
        :raises UserError: if the options have a Docker provider.
        """
        settings = validate_settings(
            args, f"the arguments of the pack registry {name}", target=Target.DOCKER
        )
        reject_docker_provider(name, settings.docker_host, opts)
        features = current_features()
        owner = component_owner(name, opts)
        engine = DockerEngine(settings.docker_host, settings.docker_cert_path)
        server = registry_server(settings)
        plan = docker_plan(settings, server.process)
        ready = check_host(engine, plan, owner, features)  # before anything is recorded
        super().__init__(
            name, recorded_inputs(plan), settings, component_options(name, engine, features, opts)
        )
        context = DockerContext.of(self, name, owner, engine, ready, features)
        inputs = declare_inputs(context, settings, server, ready)
        deployment = declare_deployment(context, plan, inputs)
        running = [deployment.container.id, deployment.files_written]

        self._set_access_outputs(settings, plan.process.api, inputs)
        self._set_certificate_outputs(
            inputs.certificate,
            lambda: presented_certificate(context, plan, inputs.trust, running),
        )
        self.container_name = deployment.container.name
        self.data_volume = deployment.data_source
        self.register_outputs(self.outputs)
        if context.checks_now:
            self.verified = verify_when_ready(
                lambda passwords, trust: finish_update(engine, plan, passwords, trust),
                inputs,
                running,
            )
