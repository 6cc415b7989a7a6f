"""The rules, one concern each: importable objects that a test, the documentation and the policy pack read alike."""

from __future__ import annotations

from policy.policies import (
    certificate,
    container,
    htpasswd,
    image,
    limits,
    ownership,
    secrets,
    stack,
    tls,
)
from policy.policy import Rule

RULES: tuple[Rule, ...] = (
    tls.TLS_REQUIRED,
    tls.HTTP_PORT_NOT_PUBLIC,
    image.IMAGE_PINNED,
    image.IMAGE_REGISTRY,
    certificate.KEY_STRENGTH,
    certificate.VALIDITY,
    certificate.NAMES,
    certificate.NOT_EXPIRED,
    certificate.EXPIRES_SOON,
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
    container.NO_DOCKER_SOCKET,
    container.CONFIG_READ_ONLY,
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
"""In the order of the documentation."""
