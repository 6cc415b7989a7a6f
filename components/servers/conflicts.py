"""Conflicts between the flavor, the server of an OCI registry, and the users' roles."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from common.conflict import Conflict, ignored_setting
from common.packs import PACK_DIRECTORY
from components.servers.distribution.conflicts import distribution_conflicts
from components.servers.zot.conflicts import zot_conflicts
from components.settings import ADMIN, Flavor, OciServer, Role, Settings, User
from components.settings.registry import DEFAULT_PACK_PATH


def server_conflicts(settings: Settings) -> Iterator[Conflict]:
    """Yield all conflicts."""
    yield from _flavor(settings)
    yield from _base_content_path(settings)
    yield from _roles(settings)
    if settings.uses_zot:
        yield from zot_conflicts(settings)
    else:
        yield from _without_zot(settings)
        yield from distribution_conflicts(settings)


def _flavor(settings: Settings) -> Iterator[Conflict]:
    flavor = settings.flavor
    if flavor is not Flavor.OCI:
        for name, is_set in (
            ("baseContentPath", bool(settings.base_content_path)),
            ("ociServer", settings.oci_server is not OciServer.ZOT),
        ):
            if is_set:
                yield ignored_setting((name,), ("flavor",), flavor.value, Flavor.OCI.value)
        return
    path = urlsplit(settings.public_endpoint).path
    if path:
        yield Conflict(
            (("publicEndpoint",), ("flavor",)),
            f"the path {path} is not supported when flavor is oci: clients request /v2/ at the "
            "root of the host. Use a separate host or port of the proxy.",
        )


def _base_content_path(settings: Settings) -> Iterator[Conflict]:
    """Reject a path that ends in Palette's own directory: Palette would look one level deeper."""
    path = settings.base_content_path
    if f"/{path}".endswith(f"/{PACK_DIRECTORY}"):
        before = path.removesuffix(PACK_DIRECTORY).rstrip("/") or DEFAULT_PACK_PATH
        yield Conflict(
            (("baseContentPath",),),
            f'must not end in {PACK_DIRECTORY} (for example, "{before}"). Palette looks for '
            f"packs at ENDPOINT/BASE_CONTENT_PATH/{PACK_DIRECTORY}/NAME:VERSION.",
        )


def _without_zot(settings: Settings) -> Iterator[Conflict]:
    """Refuse what only zot has."""
    switch = ("flavor",) if settings.flavor is Flavor.PACK else ("ociServer",)
    value = settings.flavor.value if settings.flavor is Flavor.PACK else OciServer.DISTRIBUTION
    needed = "oci" if settings.flavor is Flavor.PACK else OciServer.ZOT.value
    for field, info in type(settings.zot).model_fields.items():
        if field in settings.zot.model_fields_set:
            yield ignored_setting(("zot", info.alias or field), switch, str(value), needed)
    for index, user in enumerate(settings.users):
        if user.repositories:
            path = ("users", index, "repositories")
            yield ignored_setting(path, switch, str(value), needed)


def _roles(settings: Settings) -> Iterator[Conflict]:
    """A user has a role that the server can enforce."""
    for index, user in enumerate(settings.users):
        path = ("users", index, "role")
        if user.name == ADMIN:
            yield from _admin(index, user)
        elif settings.flavor is Flavor.PACK and user.role is not Role.READER:
            yield Conflict(
                (path, ("flavor",)),
                f"{user.name} can't be {_a(user.role)} when flavor is pack: only {ADMIN} may "
                "write to a pack registry. Remove it, or set flavor to oci.",
            )
        elif (
            settings.flavor is Flavor.OCI
            and settings.oci_server is OciServer.DISTRIBUTION
            and user.role is not Role.WRITER
        ):
            yield Conflict(
                (path, ("ociServer",)),
                f"{user.name} can't be {_a(user.role)} when ociServer is distribution: it has no "
                "roles, and every user may push and overwrite packs. Set ociServer to zot, accept "
                "this with role writer, or set users to [].",
            )


def _a(role: Role) -> str:
    """Return a role with its article."""
    return f"an {role.value}" if role is Role.ADMIN else f"a {role.value}"


def _admin(index: int, user: User) -> Iterator[Conflict]:
    if "role" in user.model_fields_set and user.role is not Role.ADMIN:
        yield Conflict(
            (("users", index, "role"),),
            f"{ADMIN} is always an admin. Remove it, or give another user the role "
            f"{user.role.value}.",
        )
    if user.repositories:
        yield Conflict(
            (("users", index, "repositories"),),
            f"{ADMIN} can always access all repositories. Remove it.",
        )
