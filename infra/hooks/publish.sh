#!/usr/bin/env bash
# One package to every region, one region after the other: a bad package stops at the first.
set -euo pipefail
. "$(dirname "$0")/stamps.sh"

if [ "${AZURE_PLAN:-}" = containerapp-gpu ]; then
  say 'publish: the image is a parameter of the deployment, nothing to publish'
  exit 0
fi
package=${POLYSCORE_PACKAGE:-.build/package/polyscore.zip}
[ -f "$package" ] || fail "publish: no package at $package. npm run package makes it; POLYSCORE_PACKAGE names another"

opened=()

# rule VERB SCM SITE_ARGUMENTS…: adds or removes our address at the door of a site, or of its scm site
rule() {
  local verb=$1 scm=$2
  shift 2
  local details=()
  [ "$verb" = remove ] || details=(--priority 200 --action Allow --ip-address "$POLYSCORE_PUBLISHER_ADDRESS")
  az functionapp config access-restriction "$verb" "$@" --rule-name polyscore-publish --scm-site "$scm" ${details[@]+"${details[@]}"} --output none
}

# open_door GROUP APP [SLOT]: lets our address publish, and reach the slot, until close_doors
open_door() {
  [ "${AZURE_PRIVATE_ORIGINS:-false}" = true ] || { [ "${AZURE_FRONT_DOOR:-false}" = true ] && [ -n "${3:-}" ]; } || return 0
  [ -n "${POLYSCORE_PUBLISHER_ADDRESS:-}" ] ||
    fail 'publish: set POLYSCORE_PUBLISHER_ADDRESS to the public address of this machine, such as 203.0.113.7/32; the sites are closed to others'
  local site=(--resource-group "$1" --name "$2" ${3:+--slot "$3"})
  opened+=("$1|$2|${3:-}")
  if [ "${AZURE_PRIVATE_ORIGINS:-false}" = true ]; then
    az functionapp update "${site[@]}" --set publicNetworkAccess=Enabled --output none
  fi
  rule add true "${site[@]}"
  [ -z "${3:-}" ] || rule add false "${site[@]}"
}

# runs on every way out, so that no door stays open
close_doors() {
  local group app slot door status=$?
  for door in ${opened[@]+"${opened[@]}"}; do
    IFS='|' read -r group app slot <<<"$door"
    local site=(--resource-group "$group" --name "$app" ${slot:+--slot "$slot"})
    rule remove true "${site[@]}" || say "publish: could not close the scm door of $app $slot"
    [ -z "$slot" ] || rule remove false "${site[@]}" || say "publish: could not close the door of $app $slot"
    if [ "${AZURE_PRIVATE_ORIGINS:-false}" = true ]; then
      az functionapp update "${site[@]}" --set publicNetworkAccess=Disabled --output none || say "publish: $app $slot is still public"
    fi
  done
  exit "$status"
}
trap close_doors EXIT

push() { az functionapp deployment source config-zip --src "$package" --output none "$@"; }
swap() { az functionapp deployment slot swap --resource-group "$1" --name "$2" --slot "$3" --target-slot production --output none; }

# publish_by_slot GROUP APP SLOT: stage, try, swap in, and swap back if the endpoint then fails
publish_by_slot() {
  local host
  push --resource-group "$1" --name "$2" --slot "$3"
  host=$(az functionapp show --resource-group "$1" --name "$2" --slot "$3" --query defaultHostName --output tsv)
  retry 20 is_ready "https://$host" || fail "publish: the new version is not ready in the slot of $2; production is untouched"
  swap "$1" "$2" "$3"
  if ! retry 20 is_ready "$AZURE_ENDPOINT"; then
    swap "$1" "$2" "$3"
    fail "publish: $AZURE_ENDPOINT was not ready after the swap of $2; swapped back"
  fi
  # a later provision resets WEBSITE_CONTENTSHARE, so both shares must hold this version (ADR 0010)
  push --resource-group "$1" --name "$2" --slot "$3"
}

list=$(stamps code group app slot)
while IFS='|' read -r -u 3 code group app slot; do
  open_door "$group" "$app" "$slot"
  if [ -n "$slot" ]; then
    publish_by_slot "$group" "$app" "$slot"
  else
    push --resource-group "$group" --name "$app"
    retry 20 is_ready "$AZURE_ENDPOINT" || fail "publish: $AZURE_ENDPOINT is not ready after publishing to $code"
  fi
  say "publish: $code runs $(basename "$package")"
done 3<<<"$list"
