"""A ConfigMap without the annotations of its owner."""

import pulumi_kubernetes as kubernetes
from cluster import OPTIONS, metadata

kubernetes.core.v1.ConfigMap("configuration", metadata=metadata(annotations={}), opts=OPTIONS)
