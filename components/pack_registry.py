"""The `PackRegistry` component: a pack registry on a Docker host, verified after every update."""

# No `from __future__ import annotations`: Pulumi's component host reads these types at run time.
import asyncio
from collections.abc import Awaitable
from typing import Any, Optional

import pulumi
from pydantic.alias_generators import to_camel

from common.features import current_features
from common.labels import Owner
from components.docker.context import DockerContext
from components.docker.deployment import Deployment, declare_deployment
from components.docker.engine import DockerEngine
from components.docker.host_change import host_change_hook, recorded_inputs
from components.docker.orphans import remove_orphan_hook
from components.docker.plan import DockerPlan, docker_plan
from components.docker.post_update import finish_update
from components.docker.preflight.run import check_host
from components.docker.provider import reject_docker_provider, with_docker_provider
from components.docker.server_check import presented_certificate
from components.outputs import console_registration, login_command
from components.pack_registry_args import PackRegistryArgs
from components.security_warnings import security_warnings
from components.servers.distribution.config_file import declare_config_file
from components.servers.distribution.distribution_settings import DistributionSettings
from components.servers.distribution.files import server_files
from components.servers.distribution.server import distribution_process
from components.servers.process import ServerInputs
from components.settings import ADMIN, Settings
from components.tls import pem
from components.tls.certificate import Certificate, certificate, client_certificate
from components.users.htpasswd import credentials
from components.validation import validate_settings
from components.verification.probe import TlsTrust


class PackRegistry(pulumi.ComponentResource):
    """A pack registry on a Docker host: certificate, users, volumes and container."""

    endpoint: pulumi.Output[str]
    """URL of the registry, as the Palette console asks for it."""
    health_url: pulumi.Output[str]
    """URL that returns 200 if the registry is healthy; with flavor oci, 401 without credentials."""
    catalog_url: pulumi.Output[str]
    """URL of the list of packs. It requires credentials."""
    ca_certificate: pulumi.Output[str]
    """PEM certificates that a client must trust; empty for plain HTTP."""
    certificate_fingerprint: pulumi.Output[str]
    """SHA-256 of the server certificate in hex; empty for plain HTTP."""
    certificate_not_after: pulumi.Output[str]
    """End of the certificate's validity, RFC 3339; empty for plain HTTP."""
    admin_username: pulumi.Output[str]
    """The user with write access."""
    admin_password: pulumi.Output[str]
    """The admin's password; secret. Empty if it was set as a bcrypt hash."""
    users: pulumi.Output[dict[str, str]]
    """Password by username, for all users with a known password; secret."""
    console_registration: pulumi.Output[dict[str, Any]]
    """What Palette's console asks for: name, endpoint, username, password, caCertificate and
    insecureSkipVerify (false); more fields with flavor oci or tls.clientCas; secret."""
    cli_login: pulumi.Output[str]
    """Command to log in: with the Spectro CLI, or with flavor oci with oras."""
    container_name: pulumi.Output[str]
    """Name of the container on the Docker host."""
    data_volume: pulumi.Output[str]
    """Name of the Docker volume, or path of the host's directory, that holds the packs; empty if
    they are stored elsewhere."""

    def __init__(
        self, name: str, args: PackRegistryArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        """Validate the arguments, check the Docker host, and declare the resources.

        :raises SettingsError: if an argument is invalid.
        :raises PreflightError: if the Docker host is not ready.
        :raises UserError: if the options have a Docker provider.
        """
        settings = validate_settings(args, f"the arguments of the pack registry {name}")
        reject_docker_provider(name, settings.docker_host, opts)
        features = current_features()
        owner = Owner(pulumi.get_project(), pulumi.get_stack(), name)
        engine = DockerEngine(settings.docker_host, settings.docker_cert_path)
        server = DistributionSettings.of(settings)
        plan = docker_plan(settings, distribution_process(server))
        ready = check_host(engine, plan, owner, features)  # before anything is recorded
        inputs = recorded_inputs(
            plan.docker_host, plan.location, keep_on_destroy=plan.storage.keep_on_destroy
        )
        opts = with_docker_provider(name, settings.docker_host, settings.docker_cert_path, opts)
        if features.resource_hooks:
            opts = pulumi.ResourceOptions.merge(opts, host_change_hook(name))
        super().__init__("pack-registry:index:PackRegistry", name, inputs, opts)
        for warning in security_warnings(settings):
            pulumi.log.warn(warning)

        context = DockerContext(
            name=name,
            owner=owner,
            child_opts=pulumi.ResourceOptions(parent=self),
            engine=engine,
            docker_opts=pulumi.ResourceOptions(
                parent=self, depends_on=ready, replacement_trigger=settings.docker_host
            ),
            orphan_hook=remove_orphan_hook(f"{name}-clear-orphan", engine, owner)
            if features.resource_hooks
            else None,
            features=features,
        )
        served = certificate(name, settings, context.child_opts)
        users = credentials(name, settings, context.child_opts)
        config_file = declare_config_file(context, server)
        server_inputs = ServerInputs(
            files=server_files(server, served, users, config_file),
            passwords=users.passwords,
            trust=_trust(settings, served),
            certificate_fingerprint=served.fingerprint if served else None,
            configuration_digest=config_file.digest if config_file else None,
        )
        deployment = declare_deployment(context, plan, server_inputs)

        self._set_access_outputs(settings, plan, server_inputs, served)
        self._set_certificate_outputs(context, plan, server_inputs, served, deployment)
        self.container_name = deployment.container.name
        self.data_volume = deployment.data_source
        self.register_outputs(self.outputs)
        if context.checks_now:
            _verify(engine, plan, server_inputs, deployment)

    @property
    def outputs(self) -> dict[str, pulumi.Output[Any]]:
        """All outputs by the names under which stacks export them."""
        return {
            to_camel(attribute): getattr(self, attribute)
            for attribute in PackRegistry.__annotations__
        }

    def _set_access_outputs(
        self,
        settings: Settings,
        plan: DockerPlan,
        inputs: ServerInputs,
        served: Optional[Certificate],
    ) -> None:
        """Set what clients and users need to reach the registry."""
        api = plan.process.api
        self.endpoint = pulumi.Output.from_input(settings.endpoint)
        self.health_url = pulumi.Output.from_input(settings.endpoint + api.health_path)
        self.catalog_url = pulumi.Output.from_input(settings.endpoint + api.catalog_path)
        self.admin_username = pulumi.Output.from_input(ADMIN)
        self.admin_password = inputs.passwords.apply(lambda passwords: passwords.get(ADMIN, ""))
        self.users = inputs.passwords
        self.ca_certificate = served.trust_pem if served else pulumi.Output.from_input("")
        self.console_registration = console_registration(
            settings, self.admin_password, self.ca_certificate
        )
        self.cli_login = pulumi.Output.from_input(login_command(settings.endpoint, settings.flavor))

    def _set_certificate_outputs(
        self,
        context: DockerContext,
        plan: DockerPlan,
        inputs: ServerInputs,
        served: Optional[Certificate],
        deployment: Deployment,
    ) -> None:
        """Set what is known of the server certificate. One that the server obtained is read."""
        empty = pulumi.Output.from_input("")
        if served and not served.pair:
            ready = [deployment.container.id, deployment.files_written]
            presented = presented_certificate(context, plan, inputs.trust, ready)
            self.certificate_fingerprint = presented.apply(
                lambda text: text and pem.fingerprint(text)
            )
            self.certificate_not_after = presented.apply(lambda text: text and pem.not_after(text))
        else:
            self.certificate_fingerprint = (served and served.fingerprint) or empty
            self.certificate_not_after = (served and served.not_after) or empty


def _trust(settings: Settings, served: Optional[Certificate]) -> pulumi.Output[TlsTrust]:
    """Return how this machine verifies the server: as a client with the exported CA certificate."""
    ca_certificate = served.trust_pem if served else ""
    return pulumi.Output.all(ca_certificate, *client_certificate(settings)).apply(
        lambda texts: TlsTrust(*texts)
    )


def _verify(
    engine: DockerEngine, plan: DockerPlan, inputs: ServerInputs, deployment: Deployment
) -> None:
    """Verify the registry when all containers are ready, whether or not they changed."""

    def verify(values: list[Any]) -> Awaitable[Any]:
        return asyncio.to_thread(finish_update, engine, plan, values[0], values[1])

    ready = (deployment.container.id, deployment.files_written)
    pulumi.Output.all(inputs.passwords, inputs.trust, *ready).apply(verify)
