using '../main.bicep'

// One region, nothing that bills while idle but logs and storage.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param plan = 'flex'
param regions = [
  { name: 'swedencentral', code: 'sdc', priority: 1, weight: 500, addressPrefix: '10.10.0.0/16' }
]
param scale = {
  minimumInstances: 0
  maximumInstances: 40
}
param registryZoneRedundant = false
param operations = {
  logRetentionDays: 30
  latencyLimitMs: 2000
}
