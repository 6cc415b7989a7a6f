"""Kubernetes as the target: namespace, Secrets, Deployment, Service, and the checks on the cluster.

What the server runs is described by ``components/servers``. Requests to a running registry belong
to ``components/verification``. Only programs of Kubernetes stacks import Kubernetes' SDK.
"""
