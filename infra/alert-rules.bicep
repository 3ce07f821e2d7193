// What is worth waking somebody for. Each query gives one column, value. Metric names are a contract with the
// telemetry of the app: docs/deploy.md lists them.

@export()
@description('One alert over the workspace.')
type alertRule = {
  @description('Short name.')
  name: string

  @description('What it means and where to look first.')
  text: string

  @description('0 is the worst, 4 the mildest.')
  severity: 0 | 1 | 2 | 3 | 4

  @description('Kusto query with a column named value.')
  query: string

  @description('Which side of the threshold is bad.')
  operator: 'GreaterThan' | 'LessThan'
  threshold: int

  @description('How far back the query looks, ISO 8601.')
  window: string
}

@export()
@description('The alerts of every environment.')
func alertRules(latencyLimitMs int) alertRule[] => [
  {
    name: 'availability'
    text: 'Fewer than 99 in 100 readiness probes of a region pass: the region is being taken out of rotation.'
    severity: 0
    query: 'AppRequests | where Url has "/v2/health/ready" | summarize value = 100.0 * countif(Success) / count() by AppRoleName'
    operator: 'LessThan'
    threshold: 99
    window: 'PT15M'
  }
  {
    name: 'latency-p99'
    text: 'The 99th percentile of online scoring is over the limit. Look at cold loads first.'
    severity: 2
    query: 'AppRequests | where Url has_any ("/score", "/infer", "/invocations", ":predict") | summarize value = percentile(DurationMs, 99)'
    operator: 'GreaterThan'
    threshold: latencyLimitMs
    window: 'PT15M'
  }
  {
    name: 'error-rate'
    text: 'More than 2 in 100 requests end in a server error.'
    severity: 1
    query: 'AppRequests | where Url !has "/v2/health/" | summarize value = 100.0 * countif(toint(ResultCode) >= 500) / count()'
    operator: 'GreaterThan'
    threshold: 2
    window: 'PT15M'
  }
  {
    name: 'cold-loads'
    text: 'Over 500 models were loaded in 15 minutes: the session budget is too small for the models in use, or instances come and go.'
    severity: 3
    query: 'AppMetrics | where Name == "polyscore.model.cold_loads" | summarize value = sum(Sum)'
    operator: 'GreaterThan'
    threshold: 500
    window: 'PT15M'
  }
  {
    name: 'failed-jobs'
    text: 'A scoring job failed. GET /jobs?state=failed names it and its reason.'
    severity: 2
    query: 'AppMetrics | where Name == "polyscore.jobs.failed" | summarize value = sum(Sum)'
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT15M'
  }
  {
    name: 'poison-queue'
    text: 'The host gave up on a message after five tries and put it in a poison queue: an upload has no job.'
    severity: 1
    query: 'AppTraces | where Message has "MaxDequeueCount" and Message has "-poison" | summarize value = count()'
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT15M'
  }
  {
    name: 'drift'
    text: 'The inputs of a model have left its baseline: the population stability index is over 25 hundredths.'
    severity: 3
    query: 'AppMetrics | where Name == "polyscore.drift.psi" | summarize value = 100.0 * max(Max)'
    operator: 'GreaterThan'
    threshold: 25
    window: 'PT6H'
  }
]
