#!/usr/bin/env bash
# Builds the development image, pack-registry-dev:<VERSION>, unless Docker has one from the same sources.
# If Go is on PATH, it compiles on this machine. Otherwise it compiles in a golang container.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

version=$(<VERSION)
image=pack-registry-dev:$version
label=dev.pack-registry.source
go_wanted=$(awk '$1 == "go" { print $2 }' go.mod)

say() { printf 'dev image: %2d s  %s\n' "$SECONDS" "$*"; }
die() { printf 'dev image: %s\n' "$*" >&2 && exit 1; }

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

# Digest of all sources of the image. Tests are not part of it.
source_digest() {
  local file files=()
  for file in *.go default.yaml go.mod go.sum VERSION Dockerfile Dockerfile.build .dockerignore build.sh; do
    [[ $file == *_test.go ]] || files+=("$file")
  done
  sha256 "${files[@]}" | sha256 | cut -d' ' -f1
}

go_is_new_enough() {
  local found
  command -v go >/dev/null || return 1
  found=$(GOTOOLCHAIN=local go version | awk '{ print substr($3, 3) }') # "go version go1.26.0 linux/amd64"
  [[ $(printf '%s\n' "$go_wanted" "$found" | sort -V | head -n 1) == "$go_wanted" ]]
}

# Use the legacy builder, which every Docker has. Print its output only if it fails.
docker_build() {
  local output
  output=$(DOCKER_BUILDKIT=0 docker build --tag "$image" --label "$label=$digest" --build-arg VERSION="$version" "$@" 2>&1) ||
    { printf '%s\n' "$output" >&2 && return 1; }
}

build_here() {
  say "compiling with $(go env GOVERSION) for linux/$arch"
  mkdir -p build
  rootfs=$(mktemp -d build/rootfs.XXXXXX) # unique, because builds may run in parallel
  trap 'rm -rf "$rootfs"' EXIT
  CGO_ENABLED=0 GOOS=linux GOARCH=$arch go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$version" \
    -o "$rootfs/spectro-server" .
  mkdir "$rootfs/data"
  chmod 755 "$rootfs" "$rootfs/spectro-server"
  chmod 1777 "$rootfs/data" # a new volume inherits this mode, so that the server may run as any user
  say "building the image"
  docker_build --file Dockerfile "$rootfs"
}

build_in_container() {
  local golang=golang:${go_wanted%.*}-alpine archive
  say "Go $go_wanted or newer is not on PATH: compiling in a container of $golang"
  if ! docker image inspect "$golang" >/dev/null 2>&1 && ! docker pull --quiet "$golang" >/dev/null; then
    archive=go$go_wanted.$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/').tar.gz
    die "Go $go_wanted or newer is not on PATH and Docker can't pull $golang; to install Go:" \
      "mkdir -p ~/.local && curl -fsSL https://go.dev/dl/$archive | tar -C ~/.local -xz && export PATH=~/.local/go/bin:\$PATH"
  fi
  docker_build --file Dockerfile.build --build-arg GOLANG="$golang" .
}

# The docker command would prefer these variables (docs/reference/environment.md).
[[ -z ${DOCKER_CONTEXT:-} ]] ||
  die "DOCKER_CONTEXT is set, and the image would be built in that context. Unset it, and set DOCKER_HOST instead."
unset PALETTE_API_KEY DOCKER_API_VERSION DOCKER_DEFAULT_PLATFORM DOCKER_TLS
[[ ${DOCKER_HOST:-} == tcp://* ]] || unset DOCKER_TLS_VERIFY DOCKER_CERT_PATH

digest=$(source_digest)
command -v docker >/dev/null || die "Docker is not on PATH; to install it: curl -fsSL https://get.docker.com | sudo sh"
if [[ $(docker image inspect --format "{{ index .Config.Labels \"$label\" }}" "$image" 2>/dev/null) == "$digest" ]]; then
  say "$image is up to date"
  exit
fi
arch=$(docker version --format '{{ .Server.Arch }}' 2>/dev/null) ||
  die "Docker does not answer (\`docker version\` shows the reason); to start it: sudo systemctl start docker"
if go_is_new_enough; then build_here; else build_in_container; fi
size=$(docker image inspect --format '{{ .Size }}' "$image")
say "built $image, $((size / 1000000)) MB"
