"""The `PackRegistry` component: a Palette pack registry on a Docker host, proven at the end of every update."""

# No `from __future__ import annotations` here: Pulumi's component host reads these types at run time.
import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Mapping
from typing import Any, Optional

import pulumi
import pulumi_docker as docker
from pydantic.alias_generators import to_camel

from common import features
from common.errors import UserError
from common.labels import Owner
from components.docker import orphans
from components.docker.config_volume import ConfigVolume, config_volume
from components.docker.container import server
from components.docker.engine import DockerEngine
from components.docker.host_change import host_change_hook, provider_name, recorded_inputs
from components.docker.image import server_image
from components.docker.post_update import finish_update, verified_target
from components.docker.preflight import preflight
from components.docker.reload import activate_htpasswd
from components.docker.server_check import START_SECONDS
from components.docker.smoke_test import needs_smoke_test, smoke_test_image
from components.docker.volumes import acme_mounts, data_mounts
from components.outputs import cli_login, client_pair_of_registration, oci_registration
from components.pack_registry_args import PackRegistryArgs
from components.servers.distribution.config_file import declare_config_file
from components.servers.distribution.files import Files, server_files
from components.servers.distribution.routes import REGISTRY_APIS
from components.settings import ADMIN, Flavor, Settings
from components.tls import inspection
from components.tls.modes import declare_certificate
from components.tls.provided import client_certificate
from components.users.htpasswd import declare_users
from components.validation import validate_settings
from components.verification.probe import TlsTrust, wait_for_certificate

PLAIN_HTTP_WARNING = (
    "tls.mode is off: passwords and packs cross the network unencrypted, anybody on the way can read and change them, "
    "and the Spectro CLI needs --insecure. Use it behind a proxy that ends TLS, or on a network of your own."
)

NO_ROLES_WARNING = (
    "flavor is oci, and CNCF Distribution has no roles: every user may push and overwrite packs, {names} as well as "
    "admin. Put a proxy in front that lets others than admin only read, or set users to []."
)


DOCKER = "docker"
"""The Docker provider's package."""


class PackRegistry(pulumi.ComponentResource):
    """Runs a pack registry: certificate, users, htpasswd file, volumes and a hardened container, with the guide's contract on the result."""

    endpoint: pulumi.Output[str]
    """URL of the registry, as the Palette console asks for it."""
    health_url: pulumi.Output[str]
    """URL that answers while the registry is well: 200 without credentials, or with flavor oci 401 without and 200 with them."""
    catalog_url: pulumi.Output[str]
    """URL of the list of packs; it asks for credentials."""
    ca_certificate: pulumi.Output[str]
    """PEM certificates that a client has to trust; empty in HTTP mode."""
    certificate_fingerprint: pulumi.Output[str]
    """SHA-256 of the server's certificate in hex; empty in HTTP mode."""
    certificate_not_after: pulumi.Output[str]
    """End of the certificate's validity, RFC 3339; empty in HTTP mode."""
    admin_username: pulumi.Output[str]
    """The user who may write."""
    admin_password: pulumi.Output[str]
    """The admin's password; secret, and empty where the admin was given as a bcrypt hash."""
    users: pulumi.Output[dict[str, str]]
    """Password by user name, of all users whose password is known; secret."""
    console_registration: pulumi.Output[dict[str, Any]]
    """What the console asks for: name, endpoint, username, password, caCertificate, insecureSkipVerify (false); more for oci, clientCas; secret."""
    cli_login: pulumi.Output[str]
    """The command to log in: the Spectro CLI's, or with flavor oci that of oras."""
    container_name: pulumi.Output[str]
    """Name of the container on the Docker host."""
    data_volume: pulumi.Output[str]
    """Name of the Docker volume, or path of the host's directory, that holds the packs; empty where neither does."""

    def __init__(
        self, name: str, args: PackRegistryArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        """Check the arguments and the Docker host, then declare the resources.

        :raises components.faults.SettingsError: where an argument is wrong.
        :raises components.errors.UserError: where the options hold a Docker provider.
        :raises components.preflight.PreflightError: where the Docker host is not ready.
        """
        settings = validate_settings(args, f"the arguments of the pack registry {name}")
        _expect_no_docker_provider(name, settings, opts)
        owner = Owner(pulumi.get_project(), pulumi.get_stack(), name)
        host = DockerEngine(settings.docker_host, settings.docker_cert_path)
        ready = _preflight(host, settings, owner)  # before anything is recorded
        options = pulumi.ResourceOptions.merge(
            _with_docker_host(name, settings, opts), host_change_hook(name)
        )
        super().__init__(
            "pack-registry:index:PackRegistry", name, recorded_inputs(settings), options
        )
        if not settings.https:
            pulumi.log.warn(PLAIN_HTTP_WARNING)
        if settings.flavor is Flavor.OCI and (
            names := ", ".join(user.name for user in settings.users if user.name != ADMIN)
        ):
            pulumi.log.warn(NO_ROLES_WARNING.format(names=names))

        child = pulumi.ResourceOptions(parent=self)
        on_ready_host = pulumi.ResourceOptions(
            parent=self, depends_on=ready, replacement_trigger=settings.docker_host
        )
        served = declare_certificate(
            name,
            settings.tls,
            settings.hostname,
            settings.ip_addresses,
            settings.container_name,
            child,
        )
        logins = declare_users(name, settings.users, settings.rotation, child)
        image = server_image(name, settings, on_ready_host)
        clearing = orphans.remove_orphan_hook(f"{name}-clear-orphan", host, owner)
        yaml = declare_config_file(name, settings, child)
        files = server_files(settings, served, logins, yaml)
        packs, acme = (
            data_mounts(name, settings, owner, on_ready_host),
            acme_mounts(name, settings, owner, on_ready_host),
        )
        stored: pulumi.Output[str] = pulumi.Output.all(*(mount.source for mount in packs)).apply(
            "".join
        )
        trust_pem = served.trust_pem if served else pulumi.Output.from_input("")
        client_pair = client_certificate(settings.tls)
        trust = pulumi.Output.all(trust_pem, *client_pair).apply(lambda texts: TlsTrust(*texts))
        proven = _proven(
            host, settings, owner, image.image_id, files, logins.passwords, trust, stored, acme
        )
        publish = functools.partial(_publish, host, settings.container_name)
        config = config_volume(
            name, settings, owner, proven, files, clearing, on_ready_host, publish
        )
        container = server(
            name,
            settings,
            owner,
            proven,
            served,
            config,
            yaml,
            [*packs, *acme],
            _published(host, settings),
            clearing,
            on_ready_host,
        )

        self.endpoint = pulumi.Output.from_input(settings.endpoint)
        self.health_url = pulumi.Output.from_input(
            settings.endpoint + REGISTRY_APIS[settings.flavor].health_path
        )
        self.catalog_url = pulumi.Output.from_input(
            settings.endpoint + REGISTRY_APIS[settings.flavor].catalog_path
        )
        self.ca_certificate = trust_pem
        nothing = pulumi.Output.from_input("")
        presented = (
            _presented(host, settings, trust, container, config)
            if served and not served.chain_and_key
            else None
        )
        self.certificate_fingerprint = (
            presented.apply(lambda seen: seen[0])
            if presented
            else (served and served.fingerprint) or nothing
        )
        self.certificate_not_after = (
            presented.apply(lambda seen: seen[1])
            if presented
            else (served and served.not_after) or nothing
        )
        self.admin_username = pulumi.Output.from_input(ADMIN)
        self.admin_password = logins.passwords.apply(lambda passwords: passwords.get(ADMIN, ""))
        self.users = logins.passwords
        self.console_registration = pulumi.Output.secret(
            {
                "name": settings.container_name,
                "endpoint": settings.endpoint,
                "username": ADMIN,
                "password": self.admin_password,
                "caCertificate": trust_pem if settings.shows_own_certificate else "",
                "insecureSkipVerify": False,  # without TLS, too, it is for whoever registers the registry to say
                **client_pair_of_registration(settings, client_pair),
                **oci_registration(settings),
            }
        )
        self.cli_login = pulumi.Output.from_input(cli_login(settings))
        self.container_name = container.name
        self.data_volume = stored
        self.register_outputs(self.outputs)

        if features.CHECKS_ON and not pulumi.runtime.is_dry_run():
            # The proof waits for all containers, and runs whether or not they changed.
            done = pulumi.Output.all(logins.passwords, trust, container.id, config.written)

            def prove(values: list[Any]) -> Awaitable[Any]:
                return asyncio.to_thread(finish_update, host, settings, values[0], values[1])

            done.apply(prove)

    @property
    def outputs(self) -> dict[str, pulumi.Output[Any]]:
        """All outputs by the names under which stacks export them."""
        return {
            to_camel(attribute): getattr(self, attribute)
            for attribute in PackRegistry.__annotations__
        }


def _preflight(
    host: DockerEngine, settings: Settings, owner: Owner
) -> pulumi.Output[list[pulumi.Resource]]:
    """Check the Docker host: in an update at once, before anything is made; in a preview while the providers start.

    What depends on the result, which is no resource at all, waits for the check.
    """
    if features.CHECKS_ON and not pulumi.runtime.is_dry_run():
        preflight(host, settings, owner, pull=True)
        return pulumi.Output.from_input([])

    async def checked() -> list[pulumi.Resource]:
        if features.CHECKS_ON:
            await asyncio.to_thread(preflight, host, settings, owner, pull=False)
        return []

    return pulumi.Output.from_input(checked())


def _published(host: DockerEngine, settings: Settings) -> frozenset[tuple[str, int]]:
    """Where the running container is published, if that is of interest and can be told; what is wrong with the host is the preflight's to say."""
    if features.CHECKS_ON and len(settings.published_addresses) > 1:
        with contextlib.suppress(Exception):
            found = host.container(settings.container_name)
            return found.published if found else frozenset()
    return frozenset()


def _proven(
    host: DockerEngine,
    settings: Settings,
    owner: Owner,
    image_id: pulumi.Output[str],
    files: Mapping[str, Files],
    passwords: pulumi.Output[dict[str, str]],
    trust: pulumi.Output[TlsTrust],
    stored: pulumi.Output[str],
    acme: list[docker.ContainerMountArgs],
) -> pulumi.Output[str]:
    """The image, once it has passed the gate where it has to; until then nothing of a running server is touched.

    Where there is nothing to prove, it waits for nothing else; in a preview it is not on the host yet, perhaps.
    """

    async def due(known: str) -> bool:
        return (
            features.CHECKS_ON
            and not pulumi.runtime.is_dry_run()
            and await asyncio.to_thread(needs_smoke_test, host, settings, known)
        )

    async def passed(known: list[Any]) -> str:
        image, written, *others, _ = known
        await asyncio.to_thread(smoke_test_image, host, settings, owner, image, written, *others)
        return str(image)

    together = {name: file for group in files.values() for name, file in group.items()}
    # The mounts are waited for: Docker would make a volume that is not there yet, and any kind of it.
    needed = (together, passwords, trust, stored, [mount.source for mount in acme])

    def prove(known: list[Any]) -> pulumi.Input[str]:
        image, is_due_now = known
        return pulumi.Output.all(image, *needed).apply(passed) if is_due_now else str(image)

    is_to_be_proven: pulumi.Output[bool] = image_id.apply(due)
    return pulumi.Output.unsecret(pulumi.Output.all(image_id, is_to_be_proven).apply(prove))


async def _publish(host: DockerEngine, server_name: str, writer: str) -> str:
    """Let the server see what the writer has written; a preview and a unit test leave it at the writer's word."""
    if features.CHECKS_ON and not pulumi.runtime.is_dry_run():
        await asyncio.to_thread(activate_htpasswd, host, server_name, writer)
    return writer


def _presented(
    host: DockerEngine,
    settings: Settings,
    trust: pulumi.Output[TlsTrust],
    container: docker.Container,
    config: ConfigVolume,
) -> pulumi.Output[list[str]]:
    """Fingerprint and end of validity of the certificate that the running server presents; empty while there is none."""

    async def look(values: list[Any]) -> list[str]:
        if not features.CHECKS_ON:
            return ["", ""]
        target = verified_target(host, settings, values[0])
        patience = 0.0 if pulumi.runtime.is_dry_run() else START_SECONDS
        certificate_pem = await asyncio.to_thread(wait_for_certificate, target, patience)
        return (
            [inspection.fingerprint(certificate_pem), inspection.not_after(certificate_pem)]
            if certificate_pem
            else ["", ""]
        )

    # A secret key of the client's makes nothing secret of what the server shows to everybody.
    return pulumi.Output.unsecret(
        pulumi.Output.all(trust, container.id, config.written).apply(look)
    )


def _with_docker_host(
    name: str, settings: Settings, opts: Optional[pulumi.ResourceOptions]
) -> Optional[pulumi.ResourceOptions]:
    """The caller's options, with a provider for the Docker host where one is configured."""
    if not settings.docker_host:
        return opts
    provider = docker.Provider(
        provider_name(name, settings),
        host=settings.docker_host,
        cert_path=settings.docker_cert_path or None,
    )
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(providers={DOCKER: provider}))


def _expect_no_docker_provider(
    name: str, settings: Settings, opts: Optional[pulumi.ResourceOptions]
) -> None:
    """See that no provider of the caller's makes the resources on a Docker host that is not the one that is checked.

    :raises UserError: where there is one.
    """
    if opts and _has_docker_provider(settings, opts):
        raise UserError(
            f"The pack registry {name} is given a Docker provider by its resource options or its parent, but what it checks and verifies might be "
            "on another Docker host; name the host by docker_host (in a stack's settings dockerHost) instead; nothing was touched."
        )


def _has_docker_provider(settings: Settings, opts: pulumi.ResourceOptions) -> bool:
    """Whether the caller's options name a Docker provider, or its parent hands one down that docker_host does not override."""
    several = opts.providers or ()
    given = [opts.provider, *(several.values() if isinstance(several, Mapping) else several)]
    if any(provider and provider.package == DOCKER for provider in given):
        return True
    return (
        not settings.docker_host
        and opts.parent is not None
        and opts.parent.get_provider(f"{DOCKER}:index/container:Container") is not None
    )
