"""A namespace that accepts every pod."""

import pulumi_kubernetes as kubernetes
from cluster import OPTIONS, metadata

kubernetes.core.v1.Namespace("namespace", metadata=metadata(namespace=None), opts=OPTIONS)
