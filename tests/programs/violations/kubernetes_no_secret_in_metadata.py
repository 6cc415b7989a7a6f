"""A password in a ConfigMap."""

import pulumi_kubernetes as kubernetes
from cluster import OPTIONS, metadata

kubernetes.core.v1.ConfigMap(
    "configuration",
    metadata=metadata(),
    data={"app.conf": "password: hunter2-hunter2"},
    opts=OPTIONS,
)
