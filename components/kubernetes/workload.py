"""The Deployment of the server, and how it replaces pods."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes

from components.kubernetes import names
from components.kubernetes.context import KubernetesContext
from components.kubernetes.files import file_volumes
from components.kubernetes.plan import KubernetesPlan
from components.kubernetes.pod import pod_spec
from components.servers.inputs import ServerInputs

STABLE_SECONDS = 3
"""Time for which a new pod must be ready before the next pod is replaced."""

PROGRESS_SECONDS = 120
"""Time for one pod to become ready, including the pull of its image."""

REPLICA_SECONDS = 15
"""Time that each replica adds to the whole rollout."""

KEPT_REVISIONS = 3
"""Previous versions for `kubectl rollout undo`."""


def declare_workload(
    context: KubernetesContext, inputs: ServerInputs, opts: pulumi.ResourceOptions
) -> kubernetes.apps.v1.Deployment:
    """Declare the Deployment.

    :param opts: options of objects in the namespace, with what the pods mount.
    """
    plan = context.plan
    selector = kubernetes.meta.v1.LabelSelectorArgs(match_labels=names.selector(plan.name))
    volumes = file_volumes(context, inputs.files.groups)
    return kubernetes.apps.v1.Deployment(
        f"{context.name}-server",
        metadata=context.metadata(plan.name, _annotations(plan)),
        spec=kubernetes.apps.v1.DeploymentSpecArgs(
            replicas=plan.replicas,
            selector=selector,
            strategy=_strategy(plan),
            min_ready_seconds=STABLE_SECONDS,
            progress_deadline_seconds=PROGRESS_SECONDS,
            revision_history_limit=KEPT_REVISIONS,
            template=kubernetes.core.v1.PodTemplateSpecArgs(
                metadata=kubernetes.meta.v1.ObjectMetaArgs(
                    labels=names.labels(plan.name),
                    annotations={**context.owner.labels, **read_once(plan, inputs)},
                ),
                spec=pod_spec(plan, volumes),
            ),
        ),
        opts=opts,
    )


def _annotations(plan: KubernetesPlan) -> dict[str, pulumi.Input[str]]:
    """Return the Deployment's annotations. A change of one replaces no pod."""
    seconds = PROGRESS_SECONDS + REPLICA_SECONDS * plan.replicas
    return {
        # Pulumi's default of 10 minutes is long for an image that does not start.
        "pulumi.com/timeoutSeconds": str(seconds),
        names.STORAGE_ANNOTATION: plan.location.to_label(),
        names.DATA_ANNOTATION: str(plan.keeps_data).lower(),
        names.TLS_ANNOTATION: plan.tls_mode.value,
    }


def read_once(plan: KubernetesPlan, inputs: ServerInputs) -> dict[str, pulumi.Input[str]]:
    """Return annotations of the pods that change with what the server reads once, at its start.

    A server that reads the users at every request must not have them here: every new password would
    replace all pods.
    """
    files = inputs.files
    annotations: dict[str, pulumi.Input[str]] = {
        names.CONFIGURATION_ANNOTATION: (
            files.all_digest() if plan.process.reads_users_once else files.digest
        )
    }
    if inputs.certificate and (fingerprint := inputs.certificate.fingerprint):
        annotations[names.CERTIFICATE_ANNOTATION] = fingerprint
    return annotations


def _strategy(plan: KubernetesPlan) -> kubernetes.apps.v1.DeploymentStrategyArgs:
    """Return how pods are replaced.

    A volume can be mounted on one node only, so its pod stops before the next one starts. Other
    pods stop after their successors are ready, so an image that fails interrupts nothing.
    """
    if plan.data_claim:
        return kubernetes.apps.v1.DeploymentStrategyArgs(type="Recreate")
    return kubernetes.apps.v1.DeploymentStrategyArgs(
        type="RollingUpdate",
        rolling_update=kubernetes.apps.v1.RollingUpdateDeploymentArgs(
            max_unavailable=0, max_surge=1
        ),
    )
