#!/usr/bin/env bash
# Stands in for az in the hooks' tests: writes down each call and answers as a deployed environment would.
printf 'az %s\n' "$*" >>"$STATE/calls"
case "$*" in
  *'private-endpoint-connection list'*) # one request a target: pending until approved
    target=$(printf '%s' "$*" | sed 's/.*--id \([^ ]*\).*/\1/')
    wanted=$(printf '%s' "$*" | sed "s/.*status=='\([A-Za-z]*\)'.*/\1/")
    [ -f "$STATE/approved$(printf '%s' "$target" | tr / _)" ] && now=Approved || now=Pending
    [ "$now" != "$wanted" ] || echo "$target/connection"
    ;;
  *'private-endpoint-connection approve'*)
    target=$(printf '%s' "$*" | sed 's#.*--id \([^ ]*\)/connection .*#\1#')
    touch "$STATE/approved$(printf '%s' "$target" | tr / _)"
    ;;
  *defaultHostName*) echo "$(printf '%s' "$*" | sed 's/.*--name \([^ ]*\).*/\1/')-staging.example.com" ;;
  *'event-subscription show'*) echo "${SUBSCRIPTION_STATE:-Succeeded}" ;;
  *'keys list'*) echo the-key ;;
  *'deployment sub create'*) cat "$STATE/outputs.json" ;;
esac
