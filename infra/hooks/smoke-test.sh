#!/usr/bin/env bash
# What must be true after every deployment: the entry answers, and nobody gets around it.
set -euo pipefail
. "$(dirname "$0")/stamps.sh"

retry 40 is_ready "$AZURE_ENDPOINT" || fail "smoke test: $AZURE_ENDPOINT/v2/health/ready does not answer 200"
say "smoke test: $AZURE_ENDPOINT is ready"

status() { curl --silent --output /dev/null --max-time 30 --write-out '%{http_code}' "$@" || true; }

if [ -n "${POLYSCORE_SMOKE_TOKEN:-}" ]; then
  got=$(status --header "Authorization: Bearer $POLYSCORE_SMOKE_TOKEN" "$AZURE_ENDPOINT/endpoints")
  [ "$got" = 200 ] || fail "smoke test: GET /endpoints with POLYSCORE_SMOKE_TOKEN answers $got, not 200"
  say 'smoke test: discovery answers'
fi

list=$(stamps code host)
while IFS='|' read -r -u 3 code host; do
  if [ "${AZURE_FRONT_DOOR:-false}" != true ]; then
    retry 40 is_ready "https://$host" || fail "smoke test: $code is not ready at https://$host"
    say "smoke test: $code is ready"
    continue
  fi
  got=$(status "https://$host/v2/models")
  case $got in
    403 | 000) say "smoke test: $code refuses callers that come around Front Door ($got)" ;;
    *) fail "smoke test: https://$host answers $got to a caller that comes around Front Door; expected 403 or no answer" ;;
  esac
done 3<<<"$list"
