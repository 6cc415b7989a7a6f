#!/usr/bin/env bash
# Creates a CA, the API server's certificate, the administrator's, and a kubeconfig. All parts of the
# cluster use the administrator's: nothing but tests runs in it.
# Usage: tests/cluster/certificates.sh [DIRECTORY]
set -euo pipefail
# shellcheck source=tests/cluster/names.sh
source "$(dirname "${BASH_SOURCE[0]}")/names.sh"
umask 077
mkdir -p "$directory/certificates"
cd "$directory/certificates"

key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
openssl req -x509 "${key[@]}" -days 30 -subj /CN=test-cluster-ca -keyout ca.key -out ca.crt 2>/dev/null

issue() { # NAME SUBJECT ALTERNATIVE-NAMES
  openssl req "${key[@]}" -subj "$2" -keyout "$1.key" -out "$1.csr" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out "$1.crt" \
    -extfile <(printf 'extendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=%s\n' "$3") 2>/dev/null
}
issue server /CN=kube-apiserver "DNS:kubernetes.default.svc,IP:$first_service,IP:$address"
issue admin "/O=system:masters/CN=admin" "DNS:admin"

inline() { base64 --wrap 0 "$1"; }
cat >../kubeconfig <<END
apiVersion: v1
kind: Config
current-context: test-cluster
clusters:
  - name: test-cluster
    cluster: {server: "https://$address:$port", certificate-authority-data: $(inline ca.crt)}
users:
  - name: admin
    user: {client-certificate-data: $(inline admin.crt), client-key-data: $(inline admin.key)}
contexts:
  - name: test-cluster
    context: {cluster: test-cluster, user: admin}
END
