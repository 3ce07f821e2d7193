#!/usr/bin/env bash
# Stands in for curl: the status of a URL is the first line of $STATE/statuses whose pattern fits.
# A line holds a pattern and one or more statuses; each call takes one, the last one stays.
url=${*: -1}
printf 'curl %s\n' "$url" >>"$STATE/calls"
number=0
while read -r pattern statuses; do
  number=$((number + 1))
  case $url in
    $pattern)
      count=$(cat "$STATE/count$number" 2>/dev/null || echo 0)
      echo $((count + 1)) >"$STATE/count$number"
      set -- $statuses
      [ "$count" -lt "$#" ] || count=$(($# - 1))
      shift "$count"
      printf '%s' "$1"
      exit 0
      ;;
  esac
done <"$STATE/statuses"
printf 000
