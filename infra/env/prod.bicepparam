using '../main.bicep'

// Two regions, several zones in each, nothing on the public network but Front Door.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'prod')
param plan = 'premium'
param premiumSize = 'EP1'
param regions = [
  { name: 'swedencentral', code: 'sdc', priority: 1, weight: 500, addressPrefix: '10.10.0.0/16' }
  { name: 'northeurope', code: 'neu', priority: 1, weight: 500, addressPrefix: '10.20.0.0/16' }
]
param scale = {
  minimumInstances: 2
  maximumInstances: 20
}
param zoneRedundant = true
param privateNetworking = true
param frontDoor = {
  sku: 'Premium_AzureFrontDoor'
  wafMode: 'Prevention'
  requestsPerMinute: 6000
  probeIntervalSeconds: 30
}
param operations = {
  alertEmail: readEnvironmentVariable('POLYSCORE_ALERT_EMAIL')
  logRetentionDays: 90
  latencyLimitMs: 500
  budget: {
    amount: 1500
    startDate: readEnvironmentVariable('POLYSCORE_BUDGET_START')
  }
}
