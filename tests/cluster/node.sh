#!/usr/bin/env bash
# Runs all parts of the cluster. up.sh starts it as the first process of new namespaces: network,
# mounts, processes and hostname. If one part ends, all end.
# Usage: node.sh DIRECTORY
set -euo pipefail
# shellcheck source=tests/cluster/names.sh
source "$(dirname "${BASH_SOURCE[0]}")/names.sh"

# The parts write to these directories of the system. In memory, they leave nothing on this machine,
# and a file system that is an overlay itself can't be in the way of the containers' overlays.
mount --bind "$directory" /mnt # it may be below one of them
for place in /run /var/lib /var/log; do mount -t tmpfs -o mode=755 tmpfs "$place"; done
mount --make-rshared / # pods share the kubelet's mounts
directory=/mnt
certificates=/mnt/certificates

# A kubelet sets these parameters of the machine's kernel unless they are set.
set_parameter() { # NAME VALUE: here only, as a file in its place
  [[ $(<"/proc/sys/$1") != "$2" ]] || return 0
  mkdir -p "/run/parameters/${1%/*}"
  printf '%s\n' "$2" >"/run/parameters/$1"
  mount --bind "/run/parameters/$1" "/proc/sys/$1"
}
set_parameter vm/overcommit_memory 1
set_parameter vm/panic_on_oom 0
set_parameter kernel/panic 10
set_parameter kernel/panic_on_oops 1
set_parameter kernel/keys/root_maxkeys 1000000
set_parameter kernel/keys/root_maxbytes 25000000

hostname "$node"
until ip link set eth0 up 2>/dev/null; do sleep 0.05; done # up.sh adds it
ip link set lo up
ip address add "$address/30" dev eth0
ip route add default via "$machine"
printf 1 >/proc/sys/net/ipv4/ip_forward

# With cgroup v2, a group has the controllers that its parent passes on.
if [[ -f /sys/fs/cgroup/cgroup.controllers ]]; then
  for controller in $(</sys/fs/cgroup/cgroup.controllers); do
    printf '+%s' "$controller" >/sys/fs/cgroup/cgroup.subtree_control
  done
fi
# With cgroup v1, each controller has its own hierarchy, and new groups have no CPUs.
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*/; do
  [[ -f $hierarchy/cgroup.procs ]] || continue
  [[ $hierarchy == /sys/fs/cgroup || ! -f /sys/fs/cgroup/cgroup.controllers ]] || continue
  mkdir -p "$hierarchy/$node"
  for list in cpuset.cpus cpuset.mems; do
    [[ ! -f $hierarchy/tasks || ! -f $hierarchy/$list ]] || cat "$hierarchy/$list" >"$hierarchy/$node/$list"
  done
done

cat >/run/containerd.toml <<END
version = 2
disabled_plugins = ["io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs"]
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  sandbox_image = "$pause"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/mnt/bin"
    conf_dir = "/run/cni"
END
mkdir -p /run/cni
cat >/run/cni/pods.conflist <<END
{"cniVersion": "0.4.0", "name": "pods", "plugins": [{
  "type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true,
  "ipam": {"type": "host-local", "ranges": [[{"subnet": "$pods"}]], "routes": [{"dst": "0.0.0.0/0"}]}
}]}
END
cat >/run/kubelet.yaml <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $address
authentication: {anonymous: {enabled: false}, x509: {clientCAFile: $certificates/ca.crt}}
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
cgroupDriver: cgroupfs
cgroupRoot: /$node
enforceNodeAllocatable: []
failSwapOn: false
failCgroupV1: false
evictionHard: {memory.available: 100Mi}
podCIDR: $pods
resolvConf: ""
volumePluginDir: /var/lib/kubelet/plugins
END

export PATH=/mnt/bin:$PATH
start() { "$@" >"/mnt/log/$1.log" 2>&1 & }
configured=(--kubeconfig=/mnt/kubeconfig)

start containerd --config /run/containerd.toml
start etcd /var/lib/etcd
start kube-apiserver --etcd-servers=http://127.0.0.1:2379 --bind-address="$address" --secure-port="$port" \
  --advertise-address="$address" --service-cluster-ip-range="$services" --allow-privileged \
  --authorization-mode=Node,RBAC --client-ca-file=$certificates/ca.crt \
  --tls-cert-file=$certificates/server.crt --tls-private-key-file=$certificates/server.key \
  --kubelet-client-certificate=$certificates/admin.crt --kubelet-client-key=$certificates/admin.key \
  --kubelet-preferred-address-types=InternalIP --service-account-issuer=https://kubernetes.default.svc \
  --service-account-key-file=$certificates/server.crt \
  --service-account-signing-key-file=$certificates/server.key
until kubectl get --raw /readyz >/dev/null 2>&1; do
  [[ -n $(jobs -pr) ]] && (($(jobs -pr | wc -l) == 3)) || exit 1
  sleep 0.2
done
until ctr --namespace k8s.io images import /mnt/pause.tar; do sleep 0.2; done
start kube-controller-manager "${configured[@]}" --leader-elect=false --bind-address=127.0.0.1 \
  --use-service-account-credentials --root-ca-file=$certificates/ca.crt \
  --service-account-private-key-file=$certificates/server.key
start kube-scheduler "${configured[@]}" --leader-elect=false --bind-address=127.0.0.1
start kubelet "${configured[@]}" --config=/run/kubelet.yaml --hostname-override="$node" --node-ip="$address"
start kube-proxy "${configured[@]}" --hostname-override="$node" --cluster-cidr="$pods" \
  --conntrack-max-per-core=0 --conntrack-tcp-timeout-established=0 --conntrack-tcp-timeout-close-wait=0
wait -n
