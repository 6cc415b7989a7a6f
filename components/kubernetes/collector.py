"""Pods of the server's image that collect garbage, or say whether they can.

A pod and not a Job: a Job may start a second pod, and a collection that ended must not run again.
"""

from __future__ import annotations

from typing import Any

from common.errors import UserError
from common.labels import Owner
from common.wait import wait_until
from components.kubernetes import names
from components.kubernetes.candidate import UNNECESSARY
from components.kubernetes.cluster import REQUEST_SECONDS, Cluster
from components.servers.distribution.collection import (
    DRY_RUN,
    HELP,
    Collection,
    collection_command,
    read_collection,
    supports_collection,
)

ENDED = ("Succeeded", "Failed")
START_SECONDS = 120.0
"""Time for a pod to start, with the pull of its image."""
LONGEST_SECONDS = 24 * 3600.0
DELETE_SECONDS = 60.0
POLL_SECONDS = 0.5
SHOWN_LINES = 15


class Collector:
    """Collections of one registry in a cluster."""

    def __init__(self, cluster: Cluster, name: str, namespace: str, owner: Owner) -> None:
        """Select the registry by the name of its Deployment."""
        self._cluster = cluster
        self._registry, self._namespace, self._owner = name, namespace, owner
        self._name = names.collector(name)

    def can_collect(self) -> bool:
        """Return whether the image has the command. It is asked without files and packs."""
        spec = self._spec(HELP, asks=True)
        spec |= {"volumes": [], "activeDeadlineSeconds": int(START_SECONDS)}
        spec["containers"][0] |= {"volumeMounts": [], "env": []}
        return supports_collection(*self._run(spec, START_SECONDS))

    def collect(self, *, dry_run: bool) -> Collection:
        """Run a collection until its end.

        :raises UserError: if it fails.
        """
        spec = self._spec(*([DRY_RUN] if dry_run else []))
        if dry_run:
            for mount in spec["containers"][0]["volumeMounts"]:
                mount["readOnly"] = mount["name"] != "tmp"
        code, text = self._run(spec, LONGEST_SECONDS)
        found = read_collection(code, text.splitlines())
        if found is None:
            log = [line for line in text.splitlines() if line.strip()][-SHOWN_LINES:]
            shown = "".join(f"\n    {line}" for line in log)
            raise UserError(f"The collection failed (exit code {code}):{shown}")
        return found

    def remove(self) -> bool:
        """Delete the pod, and wait until it is gone. Returns whether there was one."""
        from kubernetes import client

        core = self._cluster.core
        try:
            found = core.read_namespaced_pod(
                self._name, self._namespace, _request_timeout=REQUEST_SECONDS
            )
            if not self._owner.owns(found.metadata.annotations):
                raise UserError(
                    f"The pod {self._name} in namespace {self._namespace} does not belong to this "
                    "stack. Delete it, then run the command again."
                )
            core.delete_namespaced_pod(
                self._name,
                self._namespace,
                grace_period_seconds=1,
                _request_timeout=REQUEST_SECONDS,
            )
        except client.ApiException as error:
            if error.status == 404:
                return False
            raise
        if not wait_until(lambda: self._read() is None, DELETE_SECONDS, POLL_SECONDS):
            raise UserError(
                f"The pod {self._name} in namespace {self._namespace} still ends. It may still "
                "remove blobs. Run the command again."
            )
        return True

    def _read(self) -> Any | None:
        from kubernetes import client

        try:
            return self._cluster.core.read_namespaced_pod(
                self._name, self._namespace, _request_timeout=REQUEST_SECONDS
            )
        except client.ApiException as error:
            if error.status == 404:
                return None
            raise

    def _spec(self, *options: str, asks: bool = False) -> dict[str, Any]:
        """Return the specification of the server's pods, with another command and no clients."""
        found = self._cluster.find("Deployment", self._registry, self._namespace)
        if found is None:
            raise UserError(
                f"The deployment {self._registry} in namespace {self._namespace} does not exist. "
                "Run `make up` first."
            )
        api = self._cluster.core.api_client
        spec: dict[str, Any] = api.sanitize_for_serialization(found.spec.template.spec)
        container = spec["containers"][0]
        for part in (*UNNECESSARY, "ports"):
            container.pop(part, None)
        spec.pop("topologySpreadConstraints", None)
        spec |= {"restartPolicy": "Never", "terminationGracePeriodSeconds": 1}
        if any("persistentVolumeClaim" in volume for volume in spec.get("volumes") or ()):
            # The volume can be mounted on one node only.
            term = {
                "labelSelector": {"matchLabels": names.selector(self._registry)},
                "topologyKey": "kubernetes.io/hostname",
            }
            spec["affinity"] = {
                "podAffinity": {
                    "preferredDuringSchedulingIgnoredDuringExecution": [
                        {"weight": 100, "podAffinityTerm": term}
                    ]
                }
            }
        entrypoint, arguments = container.get("command") or [], container.get("args") or []
        _, container["args"] = collection_command(entrypoint, arguments, options, asks=asks)
        return spec

    def _run(self, spec: dict[str, Any], seconds: float) -> tuple[int, str]:
        """Run a pod until its end, and return its exit code and log."""
        self.remove()  # a killed command may have left one
        metadata = {
            "name": self._name,
            "labels": names.collector_labels(self._registry),
            "annotations": self._owner.labels,
        }
        try:
            self._cluster.core.create_namespaced_pod(
                self._namespace,
                {"metadata": metadata, "spec": spec},
                _request_timeout=REQUEST_SECONDS,
            )
            self._wait(START_SECONDS, "Running", *ENDED)
            self._wait(seconds, *ENDED)
            found = self._read()
            statuses = (found.status.container_statuses if found else None) or ()
            ended = [each.state.terminated for each in statuses if each.state.terminated]
            text = self._cluster.core.read_namespaced_pod_log(
                self._name, self._namespace, _request_timeout=REQUEST_SECONDS
            )
            return ended[0].exit_code if ended else 1, str(text)
        finally:
            self.remove()

    def _wait(self, seconds: float, *phases: str) -> None:
        def is_reached() -> bool:
            found = self._read()
            return found is None or found.status.phase in phases

        if not wait_until(is_reached, seconds, POLL_SECONDS):
            pods = self._cluster.pods(self._namespace, names.collector_labels(self._registry))
            problem = f": {pods[0].problem}" if pods and pods[0].problem else ""
            raise UserError(
                f"The pod {self._name} in namespace {self._namespace} did not reach "
                f"{' or '.join(phases)} within {seconds:.0f} s{problem}."
            )
