"""The `KubernetesPackRegistry` component: a registry in a cluster, verified after every update.

Only programs of Kubernetes stacks import this module, because it loads Kubernetes' SDK.
"""

# No `from __future__ import annotations`: Pulumi's component host reads these types at run time.
from typing import cast

import pulumi

from common.features import current_features
from components.context import component_owner
from components.kubernetes.cluster import Cluster
from components.kubernetes.cluster_change import recorded_inputs
from components.kubernetes.context import KubernetesContext
from components.kubernetes.deployment import declare_deployment
from components.kubernetes.existing_certificate import existing_certificate
from components.kubernetes.plan import kubernetes_plan
from components.kubernetes.post_update import finish_update
from components.kubernetes.preflight import check_cluster
from components.kubernetes.provider import component_options, reject_kubernetes_provider
from components.kubernetes.service import prefers_same_node
from components.kubernetes.smoke_test import tested
from components.pack_registry_args import PackRegistryArgs
from components.registry_component import RegistryComponent, declare_inputs, verify_when_ready
from components.servers.server import registry_server
from components.settings import Target, TlsMode
from components.validation import validate_settings


class KubernetesPackRegistry(RegistryComponent):
    """A pack registry in a Kubernetes cluster: certificate, users, Secrets, servers and Service."""

    def __init__(
        self, name: str, args: PackRegistryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Validate the arguments, check the cluster, and declare the resources.

        :param args: the arguments. `target` is kubernetes if it is not set.
        :raises SettingsError: if an argument is invalid.
        :raises ClusterPreflightError: if the cluster is not ready.
        :raises UserError: if the options have a Kubernetes provider.
        """
        target = Target.KUBERNETES
        settings = validate_settings(
            cast(PackRegistryArgs, {"target": target.value, **args}),
            f"the arguments of the pack registry {name}",
            target=target,
        )
        reject_kubernetes_provider(name, opts)
        features = current_features()
        owner = component_owner(name, opts)
        server = registry_server(settings)
        plan = kubernetes_plan(settings, server.process)
        cluster = Cluster(plan.kubeconfig, plan.context)
        ready = check_cluster(cluster, plan, owner, features)  # before anything is recorded
        super().__init__(
            name, recorded_inputs(plan), settings, component_options(name, plan, features, opts)
        )
        same_node = prefers_same_node(cluster, features, ready)
        context = KubernetesContext.of(self, name, owner, plan, ready, same_node, features)
        existing = (
            existing_certificate(cluster, plan, settings.kubernetes.tls_trust_pem, ready)
            if plan.tls_mode is TlsMode.SECRET
            else None
        )
        inputs = declare_inputs(context, settings, server, ready, existing)
        passed = tested(context, cluster, inputs)
        deployment = declare_deployment(context.after(passed), inputs)

        self._set_access_outputs(settings, plan.process.api, inputs)
        self._set_certificate_outputs(inputs.certificate)
        self.container_name = deployment.name
        self.data_volume = deployment.data_source
        self.register_outputs(self.outputs)
        if context.checks_now:
            self.verified = verify_when_ready(
                lambda passwords, trust: finish_update(cluster, plan, passwords, trust),
                inputs,
                [deployment.ready],
            )
