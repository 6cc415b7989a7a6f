#!/usr/bin/env bash
# Makes the virtual environment and installs pinned packages into it: tools/venv.sh DIRECTORY REQUIREMENTS
set -euo pipefail

directory=$1
requirements=$2
python=${PYTHON:-python3}

say() { printf '> %s\n' "$*" >&2; }
die() { printf 'x %s\n' "$*" >&2; exit 1; }

command -v "$python" >/dev/null ||
  die "$python is not on PATH; install Python 3.11 or newer, for example with \`sudo apt-get install python3 python3-venv\`, or name it: make PYTHON=/path/to/python3"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  die "$("$python" --version) is too old; allowed is Python 3.11 or newer, for example: make PYTHON=python3.12"
if ! [[ -x $directory/bin/python ]] || ! "$directory/bin/python" -m pip --version >/dev/null 2>&1; then
  say "Making the virtual environment $directory with $("$python" --version)"
  rm -rf "$directory"
  "$python" -m venv "$directory" ||
    die "Python's venv module is incomplete; install it with \`sudo apt-get install python3-venv\` (or your system's package), then run this again"
fi
say "Installing the packages of $requirements; the first time takes about half a minute"
began=$SECONDS
"$directory/bin/python" -m pip install --disable-pip-version-check --quiet --requirement "$requirements" ||
  die "The packages could not be installed, for the reason above; check the route to your package index (PIP_INDEX_URL), then run this again"
say "Installing the packages of $requirements: done in $((SECONDS - began)) s"
