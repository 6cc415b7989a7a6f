# Names and addresses of the test cluster, for the other scripts, which source this file.
# shellcheck shell=bash disable=SC2034  # the scripts use them

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
directory=${1:-$here/../../bench/.bin/cluster}
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)

version=v1.34.4
cni_version=v1.9.1
node=pack-registry-cluster # also the name of its cgroups
link=pack-cluster          # the machine's end of the cable. Names have at most 15 characters.
machine=10.233.77.1
address=10.233.77.2        # the node's, for the API server and the node ports
pods=10.244.0.0/24         # these two exist inside the network namespace only
services=10.96.0.0/16
first_service=10.96.0.1    # the API server, as pods see it
port=6443
pause=docker.io/library/pack-registry-pause:1

say() { printf 'test cluster: %3d s  %s\n' "$SECONDS" "$*" >&2; }
die() { printf 'test cluster: %s\n' "$*" >&2 && exit 1; }

# Print the id of the process that holds the cluster, if it runs. After a restart of the machine,
# the id in the file may be that of another program.
running() {
  local id
  [[ -f $directory/pid ]] && id=$(<"$directory/pid") &&
    grep --quiet --null-data --fixed-strings --line-regexp -e "$here/node.sh" "/proc/$id/cmdline" 2>/dev/null &&
    printf '%s' "$id"
}

kubectl() { "$directory/bin/kubectl" --kubeconfig "$directory/kubeconfig" "$@"; }
