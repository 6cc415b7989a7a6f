"""Activation of new credentials in all pods, without a restart or a failed request.

The server reads the htpasswd file at every request, and the kubelet replaces the file in a running
pod. It does so within 90 seconds, at another time in every pod. A kubelet synchronizes a pod at
once if the pod changes: an annotation makes all pods switch within a second.
"""

from __future__ import annotations

from components.kubernetes import names
from components.kubernetes.cluster import Cluster, PodState
from components.kubernetes.plan import KubernetesPlan
from components.servers.process import FileGroup


def synchronize_users(cluster: Cluster, plan: KubernetesPlan, pods: list[PodState]) -> bool:
    """Make the kubelets copy the users into pods that have another version of them.

    :returns: whether there were such pods.
    """
    secret = cluster.find("Secret", names.files_secret(plan.name, FileGroup.USERS), plan.namespace)
    version = secret.metadata.resource_version if secret else ""
    key = names.USERS_VERSION_ANNOTATION
    outdated = [pod for pod in pods if pod.annotations.get(key) != version]
    for pod in outdated:
        cluster.annotate_pod(plan.namespace, pod.name, {key: version})
    return bool(outdated)
