#!/usr/bin/env bash
# Builds the programs of the test cluster from Go modules, unless the directory has them from the
# same sources.
# One program contains etcd, all parts of Kubernetes and kubectl: they share most of their code.
# Usage: tests/cluster/build.sh [DIRECTORY]
set -euo pipefail
# shellcheck source=tests/cluster/names.sh
source "$(dirname "${BASH_SOURCE[0]}")/names.sh"

for program in go containerd ctr runc docker openssl iptables ip nsenter unshare flock; do
  command -v "$program" >/dev/null || die "$program is not on PATH. Debian's packages docker.io," \
    "golang, iproute2, iptables, openssl and util-linux contain all programs."
done
export CGO_ENABLED=0 GOTOOLCHAIN=local
export GOFLAGS="-mod=mod -buildvcs=false"
mkdir -p "$directory/bin" "$directory/source"

sources=$(cd "$here" && sha256sum names.sh build.sh kubernetes.go pause.go)
[[ ! -f $directory/built || $(<"$directory/built") != "$sources" ]] || exit 0

say "building Kubernetes $version, without a cache in 5 to 10 minutes"
cd "$directory/source"
module=$(cd / && go mod download -json "k8s.io/kubernetes@$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
# Its repository replaces its libraries by directories, which its module does not contain. The
# same libraries are published as modules.
sed -E "s#^module .*#module cluster#
  s#(k8s.io/[a-z-]+) => ./staging/src/k8s.io/[a-z-]+#\1 => \1 v0${version#v1}#" "$module/go.mod" >go.mod
cp "$module/go.sum" go.sum && chmod u+w go.mod go.sum
cp "$here/kubernetes.go" main.go
go mod edit -require "k8s.io/kubernetes@$version"
variables="-X k8s.io/component-base/version" minor=${version#v1.}
nice go build -tags providerless,dockerless -ldflags "-s -w $variables.gitVersion=$version \
  $variables.gitMajor=1 $variables.gitMinor=${minor%.*}" -o "$directory/bin/kubernetes" main.go
for name in etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl; do
  ln -sf kubernetes "$directory/bin/$name"
done

say "building the network plugins $cni_version"
plugins=github.com/containernetworking/plugins/plugins
GOFLAGS=-buildvcs=false GOBIN=$directory/bin nice go install -ldflags '-s -w' \
  "$plugins/main/bridge@$cni_version" "$plugins/ipam/host-local@$cni_version" \
  "$plugins/main/loopback@$cni_version"

# Every pod has a container that only holds its namespaces. Docker makes its image, and keeps nothing.
say "building the image of the pods' first container"
go build -ldflags '-s -w' -o pause "$here/pause.go"
image=${pause#docker.io/library/}
tar --create pause | docker import --change 'ENTRYPOINT ["/pause"]' - "$image" >/dev/null
docker save --output "$directory/pause.tar" "$image"
docker image rm "$image" >/dev/null

printf '%s' "$sources" >"$directory/built" # an interrupted build starts again
