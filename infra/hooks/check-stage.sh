#!/usr/bin/env bash
# azure.yaml names one parameter file. Deploying it under the name of another stage would quietly resize that stage.
set -euo pipefail
. "$(dirname "$0")/stamps.sh"

stage=$(sed -n 's/^ *module: *//p' azure.yaml)
for other in dev staging prod; do
  if [ "$other" != "$stage" ] && [ "${AZURE_ENV_NAME:-}" = "$other" ]; then
    fail "azd environment '$other' would be deployed with infra/env/$stage.bicepparam. Run infra/deploy.sh $other, or set infra.module in azure.yaml to $other"
  fi
done
