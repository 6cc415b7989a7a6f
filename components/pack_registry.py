"""The `PackRegistry` component: a pack registry on a Docker host, verified after every update."""

# No `from __future__ import annotations`: Pulumi's component host reads these types at run time.
import asyncio
from collections.abc import Awaitable
from typing import Any, Optional

import pulumi
from pydantic.alias_generators import to_camel

from common.features import current_features
from common.labels import Owner
from components.context import Context
from components.docker.context import DockerContext
from components.docker.deployment import Deployment, declare_deployment
from components.docker.engine import DockerEngine
from components.docker.host_change import recorded_inputs
from components.docker.plan import DockerPlan, docker_plan
from components.docker.post_update import finish_update
from components.docker.preflight.run import check_host
from components.docker.provider import component_options, reject_docker_provider
from components.docker.server_check import presented_certificate
from components.outputs import console_registration, login_command
from components.pack_registry_args import PackRegistryArgs
from components.security_warnings import security_warnings
from components.servers.distribution.config_file import declare_config_file
from components.servers.distribution.distribution_settings import DistributionSettings
from components.servers.distribution.files import files_digest, server_files
from components.servers.distribution.server import distribution_process
from components.servers.process import ServerInputs
from components.settings import ADMIN, Settings
from components.tls import inspection
from components.tls.modes import declare_certificate
from components.tls.provided import client_certificate
from components.users.htpasswd import declare_users
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
    """Command to log in, with the Spectro CLI or oras (flavor oci, with the file of the CA)."""
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
        super().__init__(
            "pack-registry:index:PackRegistry",
            name,
            recorded_inputs(plan),
            component_options(name, engine, features, opts),
        )
        for warning in security_warnings(settings):
            pulumi.log.warn(warning)

        context = DockerContext.of(self, owner, engine, ready, features)
        inputs = _declare_inputs(context, settings, server)
        deployment = declare_deployment(context, plan, inputs)

        self._set_access_outputs(settings, plan, inputs)
        self._set_certificate_outputs(context, plan, inputs, deployment)
        self.container_name = deployment.container.name
        self.data_volume = deployment.data_source
        self.register_outputs(self.outputs)
        if context.checks_now:
            _verify(engine, plan, inputs, deployment)

    @property
    def outputs(self) -> dict[str, pulumi.Output[Any]]:
        """All outputs by the names under which stacks export them."""
        return {
            to_camel(attribute): getattr(self, attribute)
            for attribute in PackRegistry.__annotations__
        }

    def _set_access_outputs(
        self, settings: Settings, plan: DockerPlan, inputs: ServerInputs
    ) -> None:
        """Set what clients and users need to reach the registry."""
        api = plan.process.api
        self.endpoint = pulumi.Output.from_input(settings.endpoint)
        self.health_url = pulumi.Output.from_input(settings.endpoint + api.health_path)
        self.catalog_url = pulumi.Output.from_input(settings.endpoint + api.catalog_path)
        self.admin_username = pulumi.Output.from_input(ADMIN)
        self.admin_password = inputs.passwords.apply(lambda passwords: passwords.get(ADMIN, ""))
        self.users = inputs.passwords
        certificate = inputs.certificate
        self.ca_certificate = certificate.trust_pem if certificate else pulumi.Output.from_input("")
        self.console_registration = console_registration(
            settings, self.admin_password, self.ca_certificate
        )
        self.cli_login = pulumi.Output.from_input(login_command(settings))

    def _set_certificate_outputs(
        self,
        context: DockerContext,
        plan: DockerPlan,
        inputs: ServerInputs,
        deployment: Deployment,
    ) -> None:
        """Set what is known of the certificate. One that the server obtained is read from it."""
        certificate, empty = inputs.certificate, pulumi.Output.from_input("")
        if certificate and not certificate.chain_and_key:
            ready = [deployment.container.id, deployment.files_written]
            presented = presented_certificate(context, plan, inputs.trust, ready)
            self.certificate_fingerprint = presented.apply(
                lambda text: text and inspection.fingerprint(text)
            )
            self.certificate_not_after = presented.apply(
                lambda text: text and inspection.not_after(text)
            )
        else:
            self.certificate_fingerprint = (certificate and certificate.fingerprint) or empty
            self.certificate_not_after = (certificate and certificate.not_after) or empty


def _declare_inputs(
    context: Context, settings: Settings, server: DistributionSettings
) -> ServerInputs:
    """Declare certificate, users and configuration file: what depends on no host."""
    certificate = declare_certificate(
        context.name,
        settings.tls,
        hostname=settings.hostname,
        ip_addresses=settings.ip_addresses,
        ca_name=settings.container_name,
        opts=context.child_opts,
    )
    users = declare_users(context.name, settings.users, settings.rotation, context.child_opts)
    config_file = declare_config_file(context, server)
    # This machine verifies the server as a client with the exported CA certificate.
    ca_certificate = certificate.trust_pem if certificate else ""
    trust = pulumi.Output.all(ca_certificate, *client_certificate(settings.tls)).apply(
        lambda texts: TlsTrust(*texts)
    )
    files = server_files(server, certificate, users, config_file)
    return ServerInputs(
        files=files,
        passwords=users.passwords,
        trust=trust,
        files_digest=files_digest(files, config_file),
        certificate=certificate,
    )


def _verify(
    engine: DockerEngine, plan: DockerPlan, inputs: ServerInputs, deployment: Deployment
) -> None:
    """Verify the registry when all containers are ready, whether or not they changed."""

    def verify(values: list[Any]) -> Awaitable[Any]:
        return asyncio.to_thread(finish_update, engine, plan, values[0], values[1])

    ready = (deployment.container.id, deployment.files_written)
    pulumi.Output.all(inputs.passwords, inputs.trust, *ready).apply(verify)
