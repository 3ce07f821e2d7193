#!/usr/bin/env bash
# Deploys one stage without azd, as pipelines do: infra/deploy.sh dev|staging|prod [--what-if]
set -euo pipefail
stage=${1:-}
file=infra/env/$stage.bicepparam
[ -n "$stage" ] && [ -f "$file" ] || {
  echo 'usage, from the root of the project: infra/deploy.sh dev|staging|prod [--what-if]' >&2
  exit 2
}
export AZURE_ENV_NAME=${AZURE_ENV_NAME:-$stage}
deployment=(--name "polyscore-$AZURE_ENV_NAME" --location "${AZURE_LOCATION:-swedencentral}" --parameters "$file")

if [ "${2:-}" = --what-if ]; then
  exec az deployment sub what-if "${deployment[@]}"
fi
outputs=$(az deployment sub create "${deployment[@]}" --query properties.outputs --output json)

# Azure gives the names back in another case (azurE_PLAN), so they are set in capitals, as azd does
eval "$(
  node - "$outputs" <<'JS'
    const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
    for (const [name, { value }] of Object.entries(JSON.parse(process.argv[2]))) {
      console.log(`export ${name.toUpperCase()}=${quoted(typeof value === 'string' ? value : JSON.stringify(value))}`);
    }
JS
)"
echo "deployed: $AZURE_ENDPOINT"
exec bash infra/hooks/after-provision.sh
