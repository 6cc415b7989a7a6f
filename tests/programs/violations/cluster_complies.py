"""Kubernetes resources that comply with every policy."""

import pulumi_kubernetes as kubernetes
from cluster import OPTIONS, deployment, metadata, secret, service

deployment()
secret({"htpasswd-basic": "admin:$2y$05$" + "a" * 53 + "\n"})
service(type="LoadBalancer", loadBalancerSourceRanges=["203.0.113.0/24"])
kubernetes.core.v1.Namespace(
    "namespace",
    metadata=metadata(namespace=None, labels={"pod-security.kubernetes.io/enforce": "restricted"}),
    opts=OPTIONS,
)
kubernetes.core.v1.ConfigMap(
    "configuration", metadata=metadata(), data={"registry.yml": "log: {level: info}"}, opts=OPTIONS
)
