using '../main.bicep'

// Two regions behind a Standard front door: the shape of production at a fraction of its price.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'staging')
param plan = 'flex'
param regions = [
  { name: 'swedencentral', code: 'sdc', priority: 1, weight: 500, addressPrefix: '10.10.0.0/16' }
  { name: 'northeurope', code: 'neu', priority: 1, weight: 500, addressPrefix: '10.20.0.0/16' }
]
param scale = {
  minimumInstances: 0
  maximumInstances: 40
}
param frontDoor = {
  sku: 'Standard_AzureFrontDoor'
  wafMode: 'Detection'
  requestsPerMinute: 6000
  probeIntervalSeconds: 240
}
param operations = {
  alertEmail: readEnvironmentVariable('POLYSCORE_ALERT_EMAIL', '')
  logRetentionDays: 30
  latencyLimitMs: 1000
}
