#!/usr/bin/env bash
# Builds and starts a real Kubernetes with one node, and prints how to use it. Requires root.
# All its processes, mounts and interfaces are in namespaces that end with one process.
# Usage: tests/cluster/up.sh [DIRECTORY]
set -euo pipefail
# shellcheck source=tests/cluster/names.sh
source "$(dirname "${BASH_SOURCE[0]}")/names.sh"

[[ $(id -u) == 0 ]] || die "Only root creates network namespaces. Run this command as root."
unshare --net --mount mount -t tmpfs tmpfs /mnt 2>/dev/null ||
  die "This machine allows no network namespaces or mounts, as in a container without privileges."
exec 9>"$directory/lock"
flock --nonblock 9 || die "Another command starts or stops this cluster."
"$here/build.sh" "$directory"

is_ready() { [[ $(kubectl get node "$node" --output "$1" 2>/dev/null) == True ]]; }
ready='jsonpath={.status.conditions[?(@.type=="Ready")].status}'

if ! running >/dev/null || ! is_ready "$ready"; then
  "$here/stop.sh" "$directory"
  if ip -oneline address show | grep --quiet --fixed-strings " $machine/"; then
    die "A test cluster of another directory runs: this machine has the address $machine." \
      "Stop that cluster first."
  fi
  fail() {
    tail --lines 5 "$directory"/log/*.log >&2
    die "The cluster did not start. $directory/log contains its logs."
  }
  end() { # an interrupted start leaves nothing
    trap '' INT TERM HUP # a second signal does not stop the removal
    "$here/stop.sh" "$directory"
  }
  trap end EXIT
  trap exit INT TERM HUP
  say "starting"
  "$here/certificates.sh" "$directory"
  rm -rf "$directory/log"
  mkdir "$directory/log"
  setsid unshare --net --mount --propagation slave --uts --ipc --pid --fork --kill-child --mount-proc \
    bash "$here/node.sh" "$directory" >"$directory/log/node.log" 2>&1 </dev/null 9>&- &
  printf '%s' $! >"$directory/pid"
  starter=$!

  # The process is in this machine's network until unshare has made the other one.
  until [[ $(readlink "/proc/$starter/ns/net") != $(readlink /proc/self/ns/net) ]]; do sleep 0.05; done
  ip link add "$link" type veth peer name eth0 netns "$starter" || fail
  ip address add "$machine/30" dev "$link"
  ip link set "$link" up

  deadline=$((SECONDS + 180))
  until is_ready "$ready"; do
    if ((SECONDS > deadline)) || ! running >/dev/null; then fail; fi
    sleep 0.5
  done
  trap - EXIT INT TERM HUP
fi

image=pack-registry-dev:$(<"$here/../../dev_image/VERSION")
say "loading the image $image"
docker save "$image" | nsenter --target "$(running)" --mount ctr --namespace k8s.io images import - >/dev/null

say "ready. \`make test-cluster-down\` stops the cluster"
printf 'export KUBECONFIG=%q\n' "$directory/kubeconfig"
