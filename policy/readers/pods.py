"""What the policies read of pods: of a Pod, and of the template in a workload."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from common.labels import TLS_LABEL
from policy.readers.containers import Container
from policy.readers.kubernetes import (
    TEMPLATES,
    VOLUME,
    marks,
    name_of,
    quantity,
    statement,
)
from policy.readers.mounts import Mount
from policy.resources import UNKNOWN, Resource, dig, to_list, to_object, to_objects, to_string

_KINDS = {
    "initContainers": "Init container",
    "containers": "Container",
    "ephemeralContainers": "Ephemeral container",
}
_READ_ONLY_VOLUMES = frozenset({"secret", "configMap", "downwardAPI", "projected", "image"})
"""The volumes that are read-only whatever their mounts say."""
_SAFE_SYSCTLS = frozenset(
    {
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
    }
)
"""What the pod security standard `restricted` allows."""
_SELINUX_TYPES = frozenset(
    {"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}
)
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
"""The annotation of a container's AppArmor profile, before the field for it."""
_VOLUME_PROPERTIES = frozenset(
    {
        "accessModes",
        "capacity",
        "claimRef",
        "mountOptions",
        "nodeAffinity",
        "persistentVolumeReclaimPolicy",
        "storageClassName",
        "volumeAttributesClassName",
        "volumeMode",
    }
)
"""The properties of a persistent volume that say nothing of where its data is."""
_MEBIBYTE = 2**20

FIELDS_OF_PROFILES = {"seccompProfile": "RuntimeDefault", "appArmorProfile": "RuntimeDefault"}
"""The fields that name a profile, and the type that does not weaken a container."""


@dataclass(frozen=True, eq=False, repr=False)
class PodContainer:
    """A container of a pod as it is written, with the pod's values."""

    pod: Pod
    field: str
    """The list that contains it."""
    number: int
    raw: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its name, or its number in the list."""
        return to_string(self.raw.get("name")) or str(self.number)

    @property
    def title(self) -> str:
        """The container at the start of a message."""
        return f"{_KINDS[self.field]} {self.name}"

    def own(self, key: str) -> Any:
        """A value of its security context, which only containers have."""
        return dig(self.raw, "securityContext", key)

    def effective(self, key: str) -> Any:
        """A value of its security context, or else of the pod's."""
        own = self.own(key)
        return dig(self.pod.spec, "securityContext", key) if own is None else own

    def resources(self, group: str) -> Any:
        """Its requests or limits, in addition to the pod's."""
        own, shared = (dig(one, "resources", group) for one in (self.raw, self.pod.spec))
        return UNKNOWN if UNKNOWN in (own, shared) else {**to_object(shared), **to_object(own)}


@dataclass(frozen=True, eq=False, repr=False)
class Pod:
    """The pod of a workload."""

    resource: Resource

    @cached_property
    def template(self) -> Any:
        """The object with the pod's metadata and specification."""
        return dig(self.resource.properties, *TEMPLATES[self.resource.type])

    @cached_property
    def spec(self) -> Any:
        """The specification."""
        return dig(self.template, "spec")

    def get(self, key: str) -> Any:
        """A property of the specification."""
        return dig(self.spec, key)

    @property
    def containers(self) -> Iterator[PodContainer]:
        """The known containers of all kinds."""
        for field in _KINDS:
            for number, raw in enumerate(to_list(self.get(field)), start=1):
                if isinstance(raw, Mapping):
                    yield PodContainer(self, field, number, raw)

    @property
    def volumes(self) -> Iterator[tuple[str, str, Any]]:
        """The known volumes: the name, the kind (empty if it is unknown) and its options."""
        for volume in to_objects(self.get("volumes")):
            for kind, options in volume.items():
                if kind != "name" and options is not None:
                    yield to_string(volume.get("name")), kind, options

    @property
    def images(self) -> Iterator[str]:
        """The known images of containers and volumes."""
        for container in self.containers:
            yield to_string(container.raw.get("image")).strip()
        for _, kind, options in self.volumes:
            if kind == "image":
                yield to_string(dig(options, "reference")).strip()

    @property
    def marks(self) -> Mapping[str, Any]:
        """The known labels and annotations of the pod and its workload."""
        return marks(self.resource.properties, self.template)


def pod_containers(resource: Resource) -> Iterator[Container]:
    """The containers of a workload, in the form that policies share."""
    pod = Pod(resource)
    stated_tls = statement(TLS_LABEL, resource, pod.template)
    for one in pod.containers:
        env = to_list(one.raw.get("env"))
        dropped, is_known = _capabilities(one, "drop")
        yield Container(
            title=one.title,
            place=f" in {one.title[0].lower()}{one.title[1:]}",
            shown_by="the Kubernetes API",
            image=to_string(one.raw.get("image")).strip(),
            words=tuple(
                word
                for key in ("command", "args")
                for word in to_list(one.raw.get(key))
                if isinstance(word, str)
            ),
            variables=(*_variables(env), *_prefixes(one)),
            has_unknown_variables=any(
                UNKNOWN in (variable, dig(variable, "name"), dig(variable, "value"))
                for variable in env
            ),
            stated_tls=stated_tls,
            privileged=_privileged(one),
            read_only_root=one.own("readOnlyRootFilesystem"),
            no_new_privileges=_no_new_privileges(one),
            added_capabilities=_capabilities(one, "add")[0],
            dropped_capabilities=dropped if is_known else None,
            security_options=tuple(_security_options(one)),
            has_seccomp_profile=dig(one.effective("seccompProfile"), "type") is not None,
            memory=_memory(one),
            is_server=one.field == "containers",
            mounts=tuple(_mounts(one)),
        )


def _variables(env: list[Any]) -> Iterator[tuple[str, str]]:
    """The variables. A value from elsewhere is empty, because no policy can read it."""
    for variable in env:
        name, value = dig(variable, "name"), dig(variable, "value")
        if isinstance(name, str) and value is not UNKNOWN:
            yield name, value if isinstance(value, str) else ""


def _prefixes(container: PodContainer) -> Iterator[tuple[str, str]]:
    """The prefixes of variables whose names and values are elsewhere, as empty variables."""
    for source in to_objects(container.raw.get("envFrom")):
        if prefix := to_string(source.get("prefix")):
            yield prefix, ""


def _privileged(container: PodContainer) -> Any:
    """Whether a container is privileged, on Linux or on Windows."""
    values = (
        container.own("privileged"),
        dig(container.own("windowsOptions"), "hostProcess"),
        dig(container.pod.spec, "securityContext", "windowsOptions", "hostProcess"),
    )
    if any(value not in (None, False, UNKNOWN) for value in values):
        return True
    return UNKNOWN if UNKNOWN in values else False


def _no_new_privileges(container: PodContainer) -> Any:
    escalation = container.own("allowPrivilegeEscalation")
    return UNKNOWN if escalation is UNKNOWN else escalation is False


def _capabilities(container: PodContainer, key: str) -> tuple[frozenset[str], bool]:
    """The known capabilities as they are written, and whether all of them are known.

    Kubernetes knows them without `CAP_`.
    """
    names = to_list(dig(container.own("capabilities"), key))
    known = [str(name) for name in names if name is not UNKNOWN]
    return frozenset(known), len(known) == len(names)


def _security_options(container: PodContainer) -> Iterator[str]:
    for field, default in FIELDS_OF_PROFILES.items():
        kind = dig(container.effective(field), "type")
        if kind not in (None, UNKNOWN, default):
            yield f"{field}={kind}"
    profile = container.pod.marks.get(f"{_APPARMOR}{container.name}")
    if profile not in (None, UNKNOWN, "", "runtime/default"):
        yield f"{_APPARMOR}{container.name}={profile}"
    selinux = container.effective("seLinuxOptions")
    for key, allowed in (("type", _SELINUX_TYPES), ("user", {""}), ("role", {""})):
        value = dig(selinux, key)
        if value not in (None, UNKNOWN) and value not in allowed:
            yield f"seLinuxOptions.{key}={value}"
    mount = container.own("procMount")
    if mount not in (None, UNKNOWN, "Default"):
        yield f"procMount={mount}"
    for sysctl in to_objects(dig(container.pod.spec, "securityContext", "sysctls")):
        name = sysctl.get("name")
        if name is not UNKNOWN and name not in _SAFE_SYSCTLS:
            yield f"sysctl={name}"


def _memory(container: PodContainer) -> Any:
    limit = dig(container.resources("limits"), "memory")
    return UNKNOWN if limit is UNKNOWN else quantity(limit) / _MEBIBYTE


def _mounts(container: PodContainer) -> Iterator[Mount]:
    volumes = {name: kind for name, kind, _ in container.pod.volumes}
    are_known = UNKNOWN not in to_list(container.pod.get("volumes"))
    for mount in to_objects(container.raw.get("volumeMounts")):
        name = mount.get("name")
        kind = volumes.get(to_string(name), "")
        is_fixed = kind in _READ_ONLY_VOLUMES or name is UNKNOWN or (not kind and not are_known)
        propagation = to_string(mount.get("mountPropagation"))
        yield Mount(
            # What an emptyDir contains, the pod itself wrote.
            kind="tmpfs" if kind == "emptyDir" else "volume",
            source=to_string(name),
            target=to_string(mount.get("mountPath")),
            read_only=is_fixed or mount.get("readOnly") in (True, UNKNOWN),
            propagation="shared" if propagation == "Bidirectional" else "",
        )


def volumes_of(resource: Resource) -> Iterator[tuple[str, str, Any]]:
    """The volumes of a pod, or what a persistent volume is: the name, the kind and its options."""
    if resource.type == VOLUME:
        for kind, options in to_object(resource.get("spec")).items():
            if kind not in _VOLUME_PROPERTIES and options is not None:
                yield name_of(resource), kind, options
    else:
        yield from Pod(resource).volumes
