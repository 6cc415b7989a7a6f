"""A role with every right."""

import pulumi_kubernetes as kubernetes
from cluster import OPTIONS, metadata

kubernetes.rbac.v1.Role(
    "role",
    metadata=metadata(),
    rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["*"]}],
    opts=OPTIONS,
)
