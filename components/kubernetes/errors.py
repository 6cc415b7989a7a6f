"""Errors of a cluster's API, as messages for the user."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

from common.errors import UserError, root_cause
from components.kubernetes.cluster import Cluster


def describe_error(error: BaseException) -> str:
    """Return an error's message in one line; the API server's own explanation if there is one."""
    body = getattr(error, "body", None)
    if body:
        with contextlib.suppress(ValueError, AttributeError):
            return " ".join(str(json.loads(body)["message"]).split()).removesuffix(".")
    if status := getattr(error, "status", None):
        return f"{status} {getattr(error, 'reason', '')}".strip()
    return root_cause(error)


def is_refused(error: BaseException) -> bool:
    """Return whether the API server refused a request because of missing permissions."""
    return getattr(error, "status", None) in (401, 403)


def api_error_classes() -> tuple[type[Exception], ...]:
    """Return the classes of errors that a request raises: they have no common base."""
    import urllib3
    from kubernetes import client, config

    return (client.OpenApiException, config.ConfigException, urllib3.exceptions.HTTPError)


@contextlib.contextmanager
def cluster_errors(cluster: Cluster, step: str) -> Iterator[None]:
    """Report errors of a cluster as a user error.

    :param step: what the program does meanwhile, for example `the preflight check`.
    :raises UserError: if the cluster can't be reached or returns an error.
    """
    expected: tuple[type[Exception], ...] = (OSError, *api_error_classes())
    try:
        yield
    except expected as error:
        raise UserError(
            f"Kubernetes error on {cluster.url} during {step}: {describe_error(error)}. "
            "Run `make up` again."
        ) from None
