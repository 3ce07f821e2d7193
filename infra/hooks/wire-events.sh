#!/usr/bin/env bash
# Uploads reach the app through Event Grid and a queue, which the deployment makes by itself: this checks it.
# With POLYSCORE_BLOB_TRIGGER set to the name of a blob-triggered function, that function is subscribed too; its
# webhook needs a key that exists only after the code is published, which is why no template can do it.
set -euo pipefail
. "$(dirname "$0")/stamps.sh"

list=$(stamps code group app topic)
while IFS='|' read -r -u 3 code group app topic; do
  state=$(az eventgrid system-topic event-subscription show --resource-group "$group" --system-topic-name "$topic" \
    --name inbox-to-queue --query provisioningState --output tsv)
  [ "$state" = Succeeded ] || fail "events: the inbox of $code is not wired to its queue ($state): deploy again"
  say "events: inbox of $code is wired to its queue"
  [ -n "${POLYSCORE_BLOB_TRIGGER:-}" ] || continue
  key=$(az functionapp keys list --resource-group "$group" --name "$app" --query systemKeys.blobs_extension --output tsv)
  [ -n "$key" ] || fail "events: $app has no blobs_extension key yet: publish the code first"
  az eventgrid system-topic event-subscription create --resource-group "$group" --system-topic-name "$topic" \
    --name inbox-to-blob-trigger --endpoint-type webhook \
    --endpoint "https://$app.azurewebsites.net/runtime/webhooks/blobs?functionName=Host.Functions.$POLYSCORE_BLOB_TRIGGER&code=$key" \
    --included-event-types Microsoft.Storage.BlobCreated \
    --subject-begins-with /blobServices/default/containers/inbox/ --output none
  say "events: inbox of $code also triggers $POLYSCORE_BLOB_TRIGGER"
done 3<<<"$list"
