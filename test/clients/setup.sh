#!/usr/bin/env bash
# Makes the Python environment of the client tests in .venv; does nothing where it is up to date.
set -eu
cd "$(dirname "$0")/../.."
wanted=$(cat test/clients/requirements.txt)
if [ -x .venv/bin/python ] && [ "$(cat .venv/requirements.txt 2>/dev/null)" = "$wanted" ]; then exit 0; fi
"${PYTHON:-python3}" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r test/clients/requirements.txt
cp test/clients/requirements.txt .venv/requirements.txt
