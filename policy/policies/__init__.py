"""The policies, one module for each concern.

Belongs here: policies and what they read of Docker's resources, certificates and htpasswd files.
Does not belong here: what a policy is (``policy/policy.py``).
"""

from __future__ import annotations

from policy.policies import (
    certificate,
    container,
    expiry,
    htpasswd,
    image,
    limits,
    mount,
    ownership,
    secrets,
    stack,
    tls,
)
from policy.policy import Policy

POLICIES: tuple[Policy, ...] = (
    tls.TLS_REQUIRED,
    tls.HTTP_PORT_NOT_PUBLIC,
    image.IMAGE_PINNED,
    image.IMAGE_REGISTRY,
    certificate.KEY_STRENGTH,
    certificate.VALIDITY,
    certificate.NAMES,
    expiry.NOT_EXPIRED,
    expiry.EXPIRES_SOON,
    htpasswd.BCRYPT_ONLY,
    htpasswd.COST,
    htpasswd.ADMIN,
    htpasswd.NO_DEFAULT_PASSWORD,
    htpasswd.NO_REPEATED_HASH,
    container.READ_ONLY_ROOT,
    container.NO_NEW_PRIVILEGES,
    container.NO_ADDED_CAPABILITIES,
    container.CAPABILITIES_DROPPED,
    container.NOT_PRIVILEGED,
    container.NO_HOST_NETWORK,
    container.NO_HOST_NAMESPACES,
    mount.NO_DOCKER_SOCKET,
    mount.CONFIG_READ_ONLY,
    limits.RESTART_POLICY,
    limits.MEMORY_LIMIT,
    limits.CPU_LIMIT,
    limits.PIDS_LIMIT,
    limits.LOG_ROTATION,
    secrets.NO_SECRET_IN_ENV,
    secrets.PRIVATE_KEY_MODE,
    stack.DATA_KEPT,
    stack.ONE_PER_PORT,
    ownership.CONTAINER_LABELS,
    ownership.VOLUME_LABELS,
    ownership.IMAGE_LABELS,
)
"""All policies, in the order of the documentation."""
