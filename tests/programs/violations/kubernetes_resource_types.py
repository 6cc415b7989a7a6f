"""A pod that a program declares as a resource of another type."""

import pulumi
from cluster import OPTIONS, metadata

pulumi.CustomResource(
    "kubernetes:core/v1:ConfigMap",
    "pod",
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata(),
        "spec": {
            "containers": [{"name": "x", "image": "x", "securityContext": {"privileged": True}}]
        },
    },
    OPTIONS,
)
