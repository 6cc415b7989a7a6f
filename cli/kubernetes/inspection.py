"""A registry in a Kubernetes cluster, as ``make status`` inspects it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cached_property

from cli.condition import Line, Space, State, UnknownError
from cli.console import make_command
from cli.kubernetes.server_lines import server_lines
from cli.maintenance import lock_line
from cli.owners import stack_owner
from cli.pulumi.record import Record
from components.kubernetes import names
from components.kubernetes.cluster import REQUEST_SECONDS, Cluster, PodState
from components.kubernetes.errors import describe_error, is_refused
from components.kubernetes.forward import forwarded_probe
from components.kubernetes.maintenance_lock import KubernetesLockStore
from components.kubernetes.plan import KubernetesPlan, kubernetes_plan
from components.kubernetes.read_only import is_read_only
from components.kubernetes.report import log_tail
from components.kubernetes.service_check import service_addresses
from components.kubernetes.volume_stats import PERMISSION, VolumeStats, volume_stats
from components.servers.distribution.environment import READ_ONLY
from components.servers.paths import HTPASSWD_FILE
from components.servers.process import FileGroup
from components.servers.server import registry_server
from components.settings import Settings, StorageKind
from components.storage.location import StorageLocation
from components.verification.probe import Probe


@dataclass(frozen=True)
class KubernetesInspection:
    """A registry in a cluster (``cli.condition.Inspection``)."""

    cluster: Cluster
    settings: Settings
    stack: str
    record: Record

    @cached_property
    def _plan(self) -> KubernetesPlan:
        return kubernetes_plan(self.settings, registry_server(self.settings).process)

    @property
    def location(self) -> StorageLocation:
        """Location of the packs."""
        return self._plan.location

    @cached_property
    def _pods(self) -> list[PodState]:
        """The pods that are not being stopped."""
        found = self.cluster.pods(self._plan.namespace, names.selector(self._plan.name))
        return [pod for pod in found if not pod.terminating]

    @property
    def _up(self) -> str:
        return make_command("up", self.stack)

    def server(self) -> Iterator[Line]:
        """Inspect the Deployment and its pods."""
        return server_lines(self.cluster, self._plan, self.stack, self._pods)

    def maintenance(self) -> Iterator[Line]:
        """Look for the Lease that is the lock, and for variables that make the server read-only."""
        plan = self._plan
        found = KubernetesLockStore(
            self.cluster, plan.name, plan.namespace, stack_owner(self.stack)
        ).find()
        yield lock_line(
            found,
            self.stack,
            lambda: is_read_only(self.cluster, plan.name, plan.namespace, READ_ONLY),
        )

    @contextlib.contextmanager
    def connection(self) -> Iterator[Probe]:
        """Forward a port of the newest pod that is ready."""
        ready = [pod for pod in self._pods if pod.ready]
        if not ready:
            raise UnknownError("no pod is ready")
        with forwarded_probe(self.cluster, self._plan, ready[-1].name, self.record.trust) as probe:
            yield probe

    def address(self) -> str:
        """Return the first address of the Service; empty if only the cluster reaches it."""
        return next(iter(service_addresses(self.cluster, self._plan, self._pods)), "")

    def log(self) -> list[str]:
        """Read the log of a pod."""
        pods = sorted(self._pods, key=lambda pod: pod.ready)
        return log_tail(self.cluster, self._plan.namespace, pods[0]) if pods else []

    def whole_log(self, lines: int) -> list[str]:
        """Read the log of the newest pod."""
        if not self._pods:
            raise UnknownError("there is no pod")
        name = self._pods[-1].name
        return self.cluster.log_lines(self._plan.namespace, name, lines, previous=False)

    def htpasswd(self) -> tuple[str, str]:
        """Read the Secret from which the pods have the file."""
        secret = names.files_secret(self._plan.name, FileGroup.USERS)
        fix = f"Run `{self._up}`, which writes the Secret {secret} again."
        data = self.cluster.secret_data(secret, self._plan.namespace)
        if data is None or HTPASSWD_FILE not in data:
            raise UnknownError(f"there is no Secret {secret} with an htpasswd file", fix)
        return data[HTPASSWD_FILE], fix

    def size(self) -> int:
        """Ask a kubelet."""
        return self._stats.used

    def spaces(self) -> Iterator[Space | Line]:
        """Ask a kubelet for the volume. The nodes' own space is a matter of the cluster."""
        match self.location.kind:
            case StorageKind.S3:
                yield Line(
                    "space", State.UNKNOWN, f"S3 does not report free space ({self.location})"
                )
            case StorageKind.MEMORY:
                return
            case StorageKind.VOLUME | StorageKind.PATH | StorageKind.NFS | StorageKind.CIFS:
                found = self._stats
                yield Space("space", f"the claim {self._plan.data_claim}", found.size, found.free)

    @cached_property
    def _stats(self) -> VolumeStats:
        """Used and free space of the claim.

        :raises UnknownError: if the cluster does not report them.
        """
        claim = self._plan.data_claim
        if not claim:
            raise UnknownError(f"the packs are in {self.location}")
        fix = "Ask the cluster's monitoring for kubelet_volume_stats_available_bytes."
        try:
            found = volume_stats(self.cluster, self._plan.namespace, self._pods, claim)
        except Exception as error:  # the client's errors have no common class
            if not is_refused(error):
                raise
            reason = f"this user may not ask the kubelets (`kubectl auth can-i {PERMISSION}`)"
            raise UnknownError(reason, fix) from None
        if found is None:
            raise UnknownError(f"the kubelets do not measure the claim {claim}", fix)
        return found

    def time(self) -> datetime:
        """Return the time of the API server."""
        from kubernetes import client

        api = client.VersionApi(self.cluster.core.api_client)
        headers = api.get_code_with_http_info(_request_timeout=REQUEST_SECONDS)[2]
        return parsedate_to_datetime(str(headers["Date"]))

    def describe(self, error: Exception) -> str:
        """Return the API server's reason."""
        return f"Kubernetes error: {describe_error(error)}"
