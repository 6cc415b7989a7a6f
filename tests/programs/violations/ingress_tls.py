"""An Ingress without TLS."""

import pulumi_kubernetes as kubernetes
from cluster import OPTIONS, metadata

backend = {"service": {"name": "violations", "port": {"number": 443}}}
path = {"path": "/", "pathType": "Prefix", "backend": backend}
kubernetes.networking.v1.Ingress(
    "ingress",
    metadata=metadata(),
    spec={"rules": [{"host": "registry.example.com", "http": {"paths": [path]}}]},
    opts=OPTIONS,
)
