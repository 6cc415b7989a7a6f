#!/usr/bin/env bash
# The steps of Palette's guide, up to a verified registry: bench/guide.sh NAME PORT IMAGE DIRECTORY
set -euo pipefail

name=$1 port=$2 image=$3 directory=$4
mkdir -p "$directory/auth" "$directory/certs"
admin=$(openssl rand -hex 16) reader=$(openssl rand -hex 16)
htpasswd -Bbn admin "$admin" >"$directory/auth/htpasswd-basic"
htpasswd -Bbn spectro "$reader" >>"$directory/auth/htpasswd-basic"
openssl req -newkey rsa:4096 -nodes -sha256 -x509 -days 1825 -keyout "$directory/certs/tls.key" -out "$directory/certs/tls.crt" \
  -subj "/C=US/ST=California/L=San Jose/O=Example/OU=Platform/CN=localhost" -addext "subjectAltName=DNS:localhost" 2>/dev/null
docker run --detach --restart=always --name "$name" --publish "127.0.0.1:$port:5000" \
  --volume "$directory/auth:/auth:ro" --volume "$directory/certs:/certs:ro" --volume "$name-data:/data" \
  --env REGISTRY_LOG_LEVEL=info --env REGISTRY_AUTH=htpasswd --env "REGISTRY_AUTH_HTPASSWD_REALM=Registry Realm" \
  --env REGISTRY_AUTH_HTPASSWD_PATH=/auth/htpasswd-basic \
  --env REGISTRY_HTTP_TLS_CERTIFICATE=/certs/tls.crt --env REGISTRY_HTTP_TLS_KEY=/certs/tls.key "$image" >/dev/null
ask() { curl --silent --output /dev/null --write-out '%{http_code}' --cacert "$directory/certs/tls.crt" "$@" || true; }
until [[ $(ask "https://localhost:$port/health") == 200 ]]; do sleep 0.05; done
[[ $(ask "https://localhost:$port/v1/_catalog") == 401 ]]
[[ $(ask --user "admin:$admin" "https://localhost:$port/v1/_catalog") == 200 ]]
[[ $(ask --user "spectro:$reader" "https://localhost:$port/v1/_catalog") == 200 ]]
