"""Environment variables that name a server's files, as CNCF Distribution names them."""

from __future__ import annotations

from components.servers.paths import (
    AUTH_DIRECTORY,
    CERTIFICATE_DIRECTORY,
    CERTIFICATE_FILE,
    HTPASSWD_FILE,
    PRIVATE_KEY_FILE,
)

DEBUG_ADDRESS_VARIABLE = "REGISTRY_HTTP_DEBUG_ADDR"
"""Address in the container on which CNCF Distribution serves metrics."""


def file_variables(realm: str, *, has_certificate: bool) -> dict[str, str]:
    """Return the variables. None of them is secret.

    Every server's container has them. They also show what a configuration file requires to those
    who can't read it, for example policies.

    :param has_certificate: whether the server reads its certificate from files.
    """
    variables = {
        "REGISTRY_AUTH": "htpasswd",
        "REGISTRY_AUTH_HTPASSWD_REALM": realm,
        "REGISTRY_AUTH_HTPASSWD_PATH": f"{AUTH_DIRECTORY}/{HTPASSWD_FILE}",
    }
    if has_certificate:
        variables["REGISTRY_HTTP_TLS_CERTIFICATE"] = f"{CERTIFICATE_DIRECTORY}/{CERTIFICATE_FILE}"
        variables["REGISTRY_HTTP_TLS_KEY"] = f"{CERTIFICATE_DIRECTORY}/{PRIVATE_KEY_FILE}"
    return variables
