#!/usr/bin/env bash
# Creates a virtual environment and installs pinned packages: tools/venv.sh DIRECTORY REQUIREMENTS
set -euo pipefail

directory=$1
requirements=$2
python=${PYTHON:-python3}

info() { printf '> %s\n' "$*" >&2; }
die() {
  printf 'x %s\n' "$*" >&2
  exit 1
}

command -v "$python" >/dev/null ||
  die "$python is not on PATH. Install Python 3.11 or newer" \
    "(for example, \`sudo apt-get install python3 python3-venv\`)," \
    "or select one: make PYTHON=/path/to/python3"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  die "$("$python" --version) is too old. Must be 3.11 or newer (for example, make PYTHON=python3.12)"
if ! [[ -x $directory/bin/python ]] || ! "$directory/bin/python" -m pip --version >/dev/null 2>&1; then
  info "Creating the virtual environment $directory with $("$python" --version)"
  rm -rf "$directory"
  "$python" -m venv "$directory" ||
    die "Python's venv module is incomplete. Install it" \
      "(for example, \`sudo apt-get install python3-venv\`), then run this command again."
fi
info "Installing the packages of $requirements. The first time takes about 30 s"
began=$SECONDS
"$directory/bin/python" -m pip install --disable-pip-version-check --quiet \
  --requirement "$requirements" ||
  die "The packages could not be installed. Fix the error above" \
    "(check the package index, PIP_INDEX_URL), then run this command again."
info "Installing the packages of $requirements: done in $((SECONDS - began)) s"
