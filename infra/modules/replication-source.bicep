metadata description = 'The source’s half of an object replication policy.'

import { modelContainer } from '../names.bicep'

@description('Registry account that is copied from.')
param sourceName string

@description('Resource id of the account that receives.')
param destinationId string

@description('Id that Azure gave the policy on the destination.')
param policyId string

@description('Id that Azure gave its rule.')
param ruleId string

resource source 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: sourceName
}

resource policy 'Microsoft.Storage/storageAccounts/objectReplicationPolicies@2025-06-01' = {
  parent: source
  name: policyId
  properties: {
    sourceAccount: source.id
    destinationAccount: destinationId
    rules: [
      {
        ruleId: ruleId
        sourceContainer: modelContainer
        destinationContainer: modelContainer
        filters: {
          minCreationTime: '1601-01-01T00:00:00Z'
        }
      }
    ]
  }
}
