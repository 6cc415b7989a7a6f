#!/usr/bin/env bash
# Ends the cluster's process, and with it everything in its namespaces. Keeps the programs and logs.
# Usage: tests/cluster/stop.sh [DIRECTORY]
set -euo pipefail
# shellcheck source=tests/cluster/names.sh
source "$(dirname "${BASH_SOURCE[0]}")/names.sh"

[[ -f $directory/pid ]] || exit 0 # a cluster of another directory may run
if id=$(running); then
  kill -KILL "$id" # unshare's --kill-child ends the process that all others depend on
  while running >/dev/null; do sleep 0.1; done
  say "stopped"
fi
[[ ! -e $directory/kubeconfig ]] || rm -rf "$directory/kubeconfig" "$directory/certificates"

# The kernel ends the processes and removes the interface a moment later.
groups() { find /sys/fs/cgroup -mindepth 1 -maxdepth 2 -type d -name "$node"; }
for _ in {1..100}; do
  groups | while IFS= read -r group; do
    find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
  [[ -z $(groups) && ! -e /sys/class/net/$link ]] && rm "$directory/pid" && exit
  sleep 0.1
done
die "Could not remove the cgroups $node or the interface $link."
