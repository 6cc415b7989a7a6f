"""What the components of all targets share: outputs, and the inputs that depend on no host."""

# No `from __future__ import annotations`: Pulumi's component host reads these types at run time.
import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import pulumi
from pydantic.alias_generators import to_camel

from components.context import Context
from components.outputs import console_registration, login_command
from components.security_warnings import security_warnings
from components.servers.inputs import ServerInputs
from components.servers.server import RegistryServer
from components.settings import ADMIN, Settings, Target
from components.tls import inspection
from components.tls.certificate import Certificate
from components.tls.modes import declare_certificate
from components.tls.provided import client_certificate
from components.users.htpasswd import declare_users
from components.validation import COMPONENTS
from components.verification.probe import RegistryApi
from components.verification.tls_client import TlsTrust


def type_token(target: Target) -> str:
    """Return the type of a target's component in the state."""
    return f"pack-registry:index:{COMPONENTS[target]}"


class RegistryComponent(pulumi.ComponentResource):
    """A pack registry, whichever target runs its server."""

    endpoint: pulumi.Output[str]
    """URL of the registry, as the Palette console asks for it."""
    health_url: pulumi.Output[str]
    """URL that returns 200 if the registry is healthy; with ociServer distribution, 401 without
    credentials."""
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
    """Name of the container on the Docker host, or of the Deployment in the cluster."""
    data_volume: pulumi.Output[str]
    """Name of the Docker volume or PersistentVolumeClaim, or path of the host's directory, that
    holds the packs; empty if they are stored elsewhere."""

    def __init__(
        self,
        name: str,
        recorded: dict[str, Any],
        settings: Settings,
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        """Register the component, and warn of settings that reduce security.

        The other target's component is an alias. A registry that moves to another target keeps its
        passwords, keys and certificates, because they are found under their old parent.

        :param recorded: inputs that the state keeps for the next update.
        """
        aliases = [
            pulumi.Alias(type_=type_token(target))
            for target in COMPONENTS
            if target is not settings.target
        ]
        self.verified = pulumi.Output.from_input(None)
        """Known when the registry is verified. It fails if the verification does."""
        super().__init__(
            type_token(settings.target),
            name,
            recorded,
            pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(aliases=aliases)),
        )
        for warning in security_warnings(settings):
            pulumi.log.warn(warning)

    @staticmethod
    def output_names() -> list[str]:
        """Return the names under which stacks export the outputs."""
        return [to_camel(attribute) for attribute in RegistryComponent.__annotations__]

    @property
    def outputs(self) -> dict[str, pulumi.Output[Any]]:
        """All outputs by the names under which stacks export them."""
        return {
            to_camel(attribute): getattr(self, attribute)
            for attribute in RegistryComponent.__annotations__
        }

    def _set_access_outputs(
        self, settings: Settings, api: RegistryApi, inputs: ServerInputs
    ) -> None:
        """Set what clients and users need to reach the registry."""
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
        self.cli_login = login_command(settings, self.ca_certificate)

    def _set_certificate_outputs(
        self,
        certificate: Certificate | None,
        presented: Callable[[], pulumi.Output[str]] | None = None,
    ) -> None:
        """Set what is known of the certificate. One that the server obtained is read from it.

        :param presented: returns the certificate that the running server presents, for a target
            whose servers obtain certificates.
        """
        empty = pulumi.Output.from_input("")
        if certificate and not certificate.chain and presented:
            read = presented()
            self.certificate_fingerprint = read.apply(
                lambda text: text and inspection.fingerprint(text)
            )
            self.certificate_not_after = read.apply(
                lambda text: text and inspection.not_after(text)
            )
        else:
            self.certificate_fingerprint = (certificate and certificate.fingerprint) or empty
            self.certificate_not_after = (certificate and certificate.not_after) or empty


def declare_inputs(
    context: Context,
    settings: Settings,
    server: RegistryServer,
    ready: pulumi.Output[list[pulumi.Resource]],
    existing: Certificate | None = None,
) -> ServerInputs:
    """Declare certificate, users and configuration file: what depends on no host.

    :param ready: known when the preflight checks passed.
    :param existing: the certificate of mode secret, which the target reads.
    """
    certificate = existing or declare_certificate(
        context.name,
        settings.tls,
        hostname=settings.hostname,
        ip_addresses=settings.ip_addresses,
        ca_name=settings.container_name,
        opts=context.child_opts,
    )
    users = declare_users(
        context.name,
        settings.users,
        rotation=settings.rotation,
        cost=settings.bcrypt_cost,
        opts=context.child_opts,
        ready=ready,
    )
    # This machine verifies the server as a client with the exported CA certificate.
    ca_certificate = certificate.trust_pem if certificate else ""
    trust = pulumi.Output.all(ca_certificate, *client_certificate(settings.tls)).apply(
        lambda texts: TlsTrust(*texts)
    )
    return ServerInputs(
        files=server.declare_files(context, certificate, users),
        passwords=users.passwords,
        trust=trust,
        certificate=certificate,
    )


def verify_when_ready(
    finish: Callable[[Mapping[str, str], TlsTrust], None],
    inputs: ServerInputs,
    ready: Sequence[pulumi.Output[Any]],
) -> pulumi.Output[None]:
    """Verify the registry when all its servers are ready, whether or not they changed.

    :param finish: verifies it in a thread, with the passwords and the clients' trust.
    :returns: known when it is verified. A program fails if the verification does, whether or not it
        uses this output. A provider must wait for it.
    """

    def verify(values: list[Any]) -> Awaitable[None]:
        return asyncio.to_thread(finish, values[0], values[1])

    return pulumi.Output.all(inputs.passwords, inputs.trust, *ready).apply(verify)
