"""A Secret that a program declares without the class of the SDK."""

import pulumi
from cluster import OPTIONS, metadata

pulumi.CustomResource(
    "kubernetes:core/v1:Secret",
    "secret",
    {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(),
        "stringData": {"token": "hunter2-hunter2"},
    },
    OPTIONS,
)
