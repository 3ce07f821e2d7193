# Sourced by the other hooks, which run after a deployment with its outputs in the environment.

# say TEXT…: one line of progress
say() { printf '%s\n' "$*"; }

# fail TEXT…: why it stopped, and what to do
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# stamps FIELD…: one line a region, the named fields of AZURE_STAMPS joined by |
stamps() {
  [ -n "${AZURE_STAMPS:-}" ] || fail 'AZURE_STAMPS is not set: run this through azd or infra/deploy.sh, which pass on the outputs of the deployment'
  node -e '
    for (const stamp of JSON.parse(process.env.AZURE_STAMPS)) {
      console.log(process.argv.slice(1).map((field) => stamp[field] ?? "").join("|"));
    }' "$@"
}

# retry TIMES COMMAND…: until it succeeds, POLYSCORE_POLL_SECONDS (15) apart
retry() {
  local times=$1
  shift
  while ! "$@"; do
    times=$((times - 1))
    [ "$times" -gt 0 ] || return 1
    sleep "${POLYSCORE_POLL_SECONDS:-15}"
  done
}

# is_ready URL: whether the app there answers its readiness probe with 200
is_ready() {
  [ "$(curl --silent --output /dev/null --max-time 30 --write-out '%{http_code}' "$1/v2/health/ready")" = 200 ]
}
