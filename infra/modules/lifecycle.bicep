metadata description = 'What the data account forgets, and when.'

@description('Data account.')
param accountName string

// Inputs and parts can be made again; predictions are the customer's and stay, only colder.
var rules = [
  { name: 'inbox', prefix: 'inbox/', coolAfterDays: 30, deleteAfterDays: 180 }
  { name: 'staging', prefix: 'staging/', coolAfterDays: null, deleteAfterDays: 14 }
  { name: 'prediction-log', prefix: 'prediction-log/', coolAfterDays: 30, deleteAfterDays: 180 }
  { name: 'dead-letters', prefix: 'dead-letters/', coolAfterDays: null, deleteAfterDays: 30 }
  { name: 'predictions', prefix: 'predictions/', coolAfterDays: 60, deleteAfterDays: null }
]

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: accountName
}

resource policy 'Microsoft.Storage/storageAccounts/managementPolicies@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [for r in rules: {
        name: r.name
        enabled: true
        type: 'Lifecycle'
        definition: {
          filters: {
            blobTypes: ['blockBlob']
            prefixMatch: [r.prefix]
          }
          actions: {
            baseBlob: {
              tierToCool: r.coolAfterDays == null ? null : { daysAfterModificationGreaterThan: r.coolAfterDays! }
              delete: r.deleteAfterDays == null ? null : { daysAfterModificationGreaterThan: r.deleteAfterDays! }
            }
          }
        }
      }]
    }
  }
}
