"""All preflight checks of one registry."""

from __future__ import annotations

import pulumi

from common.errors import UserError
from common.features import Features
from common.labels import Owner
from components.context import checks_now, run_preflight
from components.docker import names
from components.docker.docker_variables import environment_problems
from components.docker.engine import DockerEngine
from components.docker.errors import engine_errors
from components.docker.plan import DockerPlan
from components.docker.preflight.engine import engine_problems, unreachable_problem
from components.docker.preflight.image import image_problems, server_problems
from components.docker.preflight.maintenance import maintenance_problems
from components.docker.preflight.names import name_problems, stacks_of_names
from components.docker.preflight.networks import network_problems
from components.docker.preflight.ports import address_problems, port_problems
from components.docker.preflight.storage import (
    abandoned_volume_problems,
    directory_problems,
    format_problems,
    volume_problems,
    warn_of_moved_storage,
)


class PreflightError(UserError):
    """The Docker host is not ready for this registry. The message has a line for each problem."""

    def __init__(self, problems: list[str], engine: DockerEngine) -> None:
        """List the problems of a host."""
        super().__init__(
            f"The Docker host {engine.url} is not ready for this registry. No changes were made."
            + "".join(f"\n  - {problem}" for problem in problems)
        )


def check_host(
    engine: DockerEngine, plan: DockerPlan, owner: Owner, features: Features
) -> pulumi.Output[list[pulumi.Resource]]:
    """Run the preflight checks: in an update now, in a preview while the providers start.

    :returns: an empty list of dependencies. Resources that depend on it wait for the checks.
    """
    pull = checks_now(features)
    return run_preflight(lambda: preflight(engine, plan, owner, pull=pull), features)


def preflight(engine: DockerEngine, plan: DockerPlan, owner: Owner, *, pull: bool) -> None:
    """Check a host, and provide the image if it is missing.

    :param pull: whether a missing image is pulled or loaded now (an update) or later (a preview).
    :raises PreflightError: if there are problems, with all of them.
    :raises UserError: if the engine returns an error meanwhile.
    """
    if problems := list(environment_problems(engine)):
        raise PreflightError(problems, engine)
    try:
        info = engine.info()
        containers = engine.containers()
    except Exception as error:  # docker-py, sockets and ssh have no common error class
        raise PreflightError([unreachable_problem(engine, error)], engine) from None
    needed = _container_names(plan)
    with engine_errors(engine, "the preflight check"):
        problems = [
            *engine_problems(info, plan.limits.cpus),
            *name_problems(containers, needed, owner),
            *maintenance_problems(engine, plan.container_name, owner),
            *(address_problems(engine, plan.addresses[0]) if plan.verify else ()),
            *port_problems(engine, containers, plan, owner),
            *directory_problems(engine, plan.storage),
            *network_problems(engine, plan.networks),
            *volume_problems(engine, plan, owner, stacks_of_names(containers, needed, owner)),
            *abandoned_volume_problems(containers, plan.location, owner),
            *format_problems(engine, containers, plan.location, owner),
        ]
        if not problems:
            problems = list(image_problems(engine, plan.image, pull=pull))
        if not problems:
            uses_zot = plan.location.flavor == "zot"
            problems = list(server_problems(engine, plan.image.reference, uses_zot=uses_zot))
    if problems:
        raise PreflightError(problems, engine)
    warn_of_moved_storage(containers, plan.location, owner)


def _container_names(plan: DockerPlan) -> list[str]:
    name = plan.container_name
    writers = [names.writer(name, group) for group in plan.process.file_groups]
    return [name, names.candidate(name), names.reloader(name), names.preparer(name), *writers]
