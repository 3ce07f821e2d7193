#!/usr/bin/env bash
# Everything that a template cannot do, in the only order that works.
set -euo pipefail
hooks=$(dirname "$0")
bash "$hooks/approve-private-link.sh"
bash "$hooks/publish.sh"
bash "$hooks/wire-events.sh"
bash "$hooks/smoke-test.sh"
