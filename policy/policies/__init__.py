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
    isolation,
    limits,
    mount,
    ownership,
    readable,
    registry,
    resource_types,
    secrets,
    stack,
    tls,
)
from policy.policy import Policy

POLICIES: tuple[Policy, ...] = (
    tls.TLS_REQUIRED,
    tls.HTTP_PORT_NOT_PUBLIC,
    registry.AUTHENTICATION,
    image.IMAGE_PINNED,
    image.IMAGE_REGISTRY,
    image.ID_KNOWN,
    readable.FILE_READABLE,
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
    container.SECURITY_OPTIONS,
    isolation.NOT_PRIVILEGED,
    isolation.NO_HOST_NETWORK,
    isolation.NO_HOST_NAMESPACES,
    isolation.NO_HOST_DEVICES,
    isolation.RUNTIME,
    isolation.HOST_SETTINGS,
    mount.NO_DOCKER_SOCKET,
    mount.BIND_SOURCES,
    mount.VOLUME_DRIVER,
    mount.CONFIG_READ_ONLY,
    limits.RESTART_POLICY,
    limits.MEMORY_LIMIT,
    limits.CPU_LIMIT,
    limits.PIDS_LIMIT,
    limits.LOG_ROTATION,
    secrets.NO_SECRET_IN_ENV,
    secrets.NO_SECRET_IN_METADATA,
    secrets.PRIVATE_KEY_MODE,
    stack.DATA_KEPT,
    stack.ONE_PER_PORT,
    ownership.CONTAINER_LABELS,
    ownership.VOLUME_LABELS,
    ownership.IMAGE_LABELS,
    resource_types.RESOURCE_TYPES,
    resource_types.NETWORK_DRIVER,
)
"""All policies, in the order of the documentation."""
