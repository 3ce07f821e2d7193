#!/usr/bin/env bash
# Front Door asks each app for a private link and gets nothing through until somebody on our side says yes.
set -euo pipefail
. "$(dirname "$0")/stamps.sh"

if [ "${AZURE_PRIVATE_ORIGINS:-false}" != true ]; then
  say 'private link: origins are public, nothing to approve'
  exit 0
fi

# connections TARGET STATUS: ids of Front Door's connections in that state
connections() {
  az network private-endpoint-connection list --id "$1" --output tsv \
    --query "[?properties.privateLinkServiceConnectionState.status=='$2'].id"
}

# approve TARGET: succeeds once the request is there and approved
approve() {
  local id pending
  pending=$(connections "$1" Pending) || return 1
  for id in $pending; do
    az network private-endpoint-connection approve --id "$id" --description 'Polyscore Front Door' --output none || return 1
    say "private link: approved $id"
  done
  [ -n "$(connections "$1" Approved)" ]
}

list=$(stamps code targetId)
while IFS='|' read -r -u 3 code target; do
  retry 20 approve "$target" ||
    fail "private link: no approved connection for $code. Approve it in the portal (Networking, Private endpoints) or run this hook again"
done 3<<<"$list"
