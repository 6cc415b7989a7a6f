"""The server's pod: hardened to pod security "restricted", with probes that spare the replicas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi_kubernetes as kubernetes

from components.kubernetes import names
from components.kubernetes.plan import KubernetesPlan
from components.servers.paths import DATA_DIRECTORY, SCRATCH_DIRECTORY
from components.servers.process import SERVER_ID
from components.settings import KubernetesResources, TlsMode

STOP_SECONDS = 5
"""Time before the server is asked to stop, in which all nodes stop sending connections to it."""

EXIT_SECONDS = 5
"""Time in addition to the drain for the server to exit."""

LOST_NODE_SECONDS = 10
"""Time after which pods of a lost node are replaced. Kubernetes' default is 300 seconds."""

TMP_SIZE = "64Mi"

_CORE = kubernetes.core.v1


def pod_spec(
    plan: KubernetesPlan, files: Mapping[str, kubernetes.core.v1.VolumeArgs]
) -> kubernetes.core.v1.PodSpecArgs:
    """Return the specification of the server's pods.

    :param files: volumes with the server's files, by directory.
    """
    pull_secrets = [names.pull_secret(plan.name)] if plan.image_username else []
    data = {DATA_DIRECTORY: _claimed(plan.data_claim)} if plan.data_claim else {}
    scratch = {SCRATCH_DIRECTORY: _scratch_volume()} if plan.process.needs_scratch else {}
    volumes = {**files, **data, **scratch, "/tmp": _memory_volume()}  # noqa: S108 - a mount point
    return _CORE.PodSpecArgs(
        # The server does not use the cluster's API.
        automount_service_account_token=False,
        service_account_name=plan.service_account or None,
        # A Service named "registry" would set REGISTRY_PORT, which CNCF Distribution reads as a
        # part of its configuration.
        enable_service_links=False,
        security_context=_pod_security(),
        termination_grace_period_seconds=STOP_SECONDS + plan.drain_seconds + EXIT_SECONDS,
        priority_class_name=plan.priority_class or None,
        image_pull_secrets=[
            _CORE.LocalObjectReferenceArgs(name=name)
            for name in [*pull_secrets, *plan.image_pull_secrets]
        ]
        or None,
        tolerations=[_toleration("not-ready"), _toleration("unreachable")],
        topology_spread_constraints=_spread(plan),
        containers=[_container(plan, volumes, read_only=set(files))],
        volumes=list(volumes.values()),
    )


def _container(
    plan: KubernetesPlan,
    volumes: Mapping[str, kubernetes.core.v1.VolumeArgs],
    read_only: set[str],
) -> kubernetes.core.v1.ContainerArgs:
    return _CORE.ContainerArgs(
        name=names.CONTAINER,
        image=plan.image,
        args=plan.process.command,
        env=[
            _CORE.EnvVarArgs(name=name, value=value)
            for name, value in plan.process.environment.items()
        ],
        ports=_ports(plan),
        resources=_resources(plan.resources),
        security_context=_CORE.SecurityContextArgs(
            read_only_root_filesystem=True,
            allow_privilege_escalation=False,
            capabilities=_CORE.CapabilitiesArgs(drop=["ALL"]),
        ),
        lifecycle=_CORE.LifecycleArgs(
            # The kubelet sleeps itself, so the image needs no shell. Without the pause, nodes send
            # connections to a server that has stopped.
            pre_stop=_CORE.LifecycleHandlerArgs(
                sleep=_CORE.SleepActionArgs(seconds=_stop_seconds(plan))
            )
        ),
        **_probes(plan),
        volume_mounts=[
            _CORE.VolumeMountArgs(
                name=volume.name, mount_path=path, read_only=path in read_only or None
            )
            for path, volume in volumes.items()
        ],
    )


def _ports(plan: KubernetesPlan) -> list[kubernetes.core.v1.ContainerPortArgs]:
    ports = {names.PORT_NAME: plan.process.port, names.METRICS_PORT_NAME: plan.process.metrics_port}
    return [
        _CORE.ContainerPortArgs(name=name, container_port=port)
        for name, port in ports.items()
        if port
    ]


def _stop_seconds(plan: KubernetesPlan) -> int:
    """Return the time between the last new request and the server's stop.

    A server that does not wait for running requests is stopped when they have ended.
    """
    return STOP_SECONDS + (plan.drain_seconds if plan.process.cuts_requests else 0)


def _probes(plan: KubernetesPlan) -> dict[str, Any]:
    """Return the probes of startup, readiness and liveness.

    Readiness removes a sick server from the Service after 4 seconds. Liveness restarts a server
    that no longer answers after 30 seconds. A restart repairs no bucket, so liveness never depends
    on the storage: all replicas would restart at the same time.
    """
    answers = _request(plan, plan.process.probe_path)
    lives = _request(plan, plan.process.liveness_path)
    return {
        "startup_probe": _CORE.ProbeArgs(period_seconds=1, failure_threshold=30, **answers),
        "readiness_probe": _CORE.ProbeArgs(period_seconds=2, failure_threshold=2, **answers),
        "liveness_probe": _CORE.ProbeArgs(period_seconds=10, failure_threshold=3, **lives),
    }


def _request(plan: KubernetesPlan, path: str) -> dict[str, Any]:
    """Return the action of a probe: a request, or a connection if no request can succeed.

    The kubelet has no client certificate.
    """
    if plan.requires_client_certificate or not path:
        return {"tcp_socket": _CORE.TCPSocketActionArgs(port=names.PORT_NAME)}
    scheme = "HTTP" if plan.tls_mode is TlsMode.OFF else "HTTPS"
    return {"http_get": _CORE.HTTPGetActionArgs(path=path, port=names.PORT_NAME, scheme=scheme)}


def _pod_security() -> kubernetes.core.v1.PodSecurityContextArgs:
    return _CORE.PodSecurityContextArgs(
        run_as_non_root=True,
        run_as_user=SERVER_ID,
        run_as_group=SERVER_ID,
        # Group of the Secrets' files and of the volume with the packs.
        fs_group=SERVER_ID,
        # A volume with many packs would take long to be changed at every start.
        fs_group_change_policy="OnRootMismatch",
        seccomp_profile=_CORE.SeccompProfileArgs(type="RuntimeDefault"),
    )


def _resources(resources: KubernetesResources) -> kubernetes.core.v1.ResourceRequirementsArgs:
    limits = {"memory": resources.memory_limit}
    if resources.cpu_limit:
        limits["cpu"] = resources.cpu_limit
    return _CORE.ResourceRequirementsArgs(
        requests={"cpu": resources.cpu_request, "memory": resources.memory_request}, limits=limits
    )


def _toleration(condition: str) -> kubernetes.core.v1.TolerationArgs:
    return _CORE.TolerationArgs(
        key=f"node.kubernetes.io/{condition}",
        operator="Exists",
        effect="NoExecute",
        toleration_seconds=LOST_NODE_SECONDS,
    )


def _spread(
    plan: KubernetesPlan,
) -> list[kubernetes.core.v1.TopologySpreadConstraintArgs] | None:
    """Return the constraint that spreads several servers over the nodes."""
    if plan.replicas == 1:
        return None
    constraint = _CORE.TopologySpreadConstraintArgs(
        max_skew=1,
        topology_key="kubernetes.io/hostname",
        # With ScheduleAnyway, a drain leaves servers together on one node.
        when_unsatisfiable="DoNotSchedule",
        label_selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=names.selector(plan.name)),
        # Each version is spread by itself. Otherwise an update could place no new pod.
        match_label_keys=["pod-template-hash"],
        # A drained node has a taint. Counted as an empty node, it would block new pods elsewhere.
        node_taints_policy="Honor",
    )
    return [constraint]


def _memory_volume() -> kubernetes.core.v1.VolumeArgs:
    return _CORE.VolumeArgs(
        name="tmp", empty_dir=_CORE.EmptyDirVolumeSourceArgs(medium="Memory", size_limit=TMP_SIZE)
    )


def _scratch_volume() -> kubernetes.core.v1.VolumeArgs:
    """Return a volume on the node's disk. The pod's end removes it."""
    return _CORE.VolumeArgs(name="scratch", empty_dir=_CORE.EmptyDirVolumeSourceArgs())


def _claimed(claim: str) -> kubernetes.core.v1.VolumeArgs:
    return _CORE.VolumeArgs(
        name="data",
        persistent_volume_claim=_CORE.PersistentVolumeClaimVolumeSourceArgs(claim_name=claim),
    )
