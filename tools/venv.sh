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

# Only variables that say where packages come from (docs/reference/environment.md).
for name in "${!PIP_@}"; do
  case $name in
  PIP_CACHE_DIR | PIP_CERT | PIP_CLIENT_CERT | PIP_CONFIG_FILE | PIP_DEFAULT_TIMEOUT | \
    PIP_EXTRA_INDEX_URL | PIP_FIND_LINKS | PIP_INDEX_URL | PIP_KEYRING_PROVIDER | \
    PIP_NO_CACHE_DIR | PIP_NO_INDEX | PIP_PROXY | PIP_RETRIES | PIP_TIMEOUT | PIP_TRUSTED_HOST | \
    PIP_USE_DEPRECATED | PIP_USE_FEATURE) ;;
  *) unset "$name" ;;
  esac
done
unset PALETTE_API_KEY
unset PYTHONPATH PYTHONHOME PYTHONSAFEPATH PYTHONNOUSERSITE PYTHONUSERBASE PYTHONSTARTUP \
  PYTHONINSPECT PYTHONOPTIMIZE PYTHONUTF8 PYTHONCASEOK PYTHONPLATLIBDIR \
  PYTHONEXECUTABLE

command -v "$python" >/dev/null ||
  die "$python is not on PATH. Install Python 3.11 or newer" \
    "(for example, \`sudo apt-get install python3 python3-venv\`)," \
    "or select one: make PYTHON=/path/to/python3"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  die "$("$python" --version) is too old. Must be 3.11 or newer (for example, make PYTHON=python3.12)"
if ! [[ -x $directory/bin/python ]] || ! "$directory/bin/python" -m pip --version >/dev/null 2>&1; then
  info "Creating the virtual environment $directory with $("$python" --version)"
  [[ ! -e $directory || -e $directory/pyvenv.cfg ]] || rmdir "$directory" 2>/dev/null ||
    die "$directory is not a virtual environment. Remove it, then run this command again."
  rm -rf "$directory"
  "$python" -m venv "$directory" ||
    die "Python's venv module is incomplete. Install it" \
      "(for example, \`sudo apt-get install python3-venv\`), then run this command again."
fi
# An unpacked bundle has the packages, and its machine may have no route to an index.
wheels=$(cd "$(dirname "$0")/.." && pwd)/.bundle/wheels
[[ ! -d $wheels ]] || export PIP_NO_INDEX=1 PIP_FIND_LINKS=$wheels
info "Installing the packages of $requirements. The first time takes about 30 s"
began=$SECONDS
"$directory/bin/python" -m pip install --disable-pip-version-check --quiet \
  --require-hashes --requirement "$requirements" ||
  die "The packages could not be installed. Fix the error above" \
    "(check the package index, PIP_INDEX_URL), then run this command again."
"$directory/bin/python" -I "$(dirname "$0")/installed.py" "$requirements" ||
  die "The packages are not in $directory. pip's configuration may install them elsewhere" \
    "(see \`$directory/bin/python -m pip config list\`). Fix it, then run this command again."
info "Installing the packages of $requirements: done in $((SECONDS - began)) s"
