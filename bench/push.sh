#!/usr/bin/env bash
# Pushes each pack of a directory as Palette's guide does, with `tar` and `oras push`.
# Requires a login of oras.
set -euo pipefail
packs=$1 repository=$2 ca_file=$3 oras=$4
archives=$(mktemp --directory)
trap 'rm -r "$archives"' EXIT
cd "$packs"
for pack in *; do
  name=${pack%-*} version=${pack##*-}
  tar -czf "$archives/$pack.tar.gz" "$pack"
  (cd "$archives" && "$oras" push --plain-http=false --ca-file "$ca_file" --image-spec v1.0 \
    "$repository/spectro-packs/archive/$name:$version" "$pack.tar.gz" >/dev/null)
done
