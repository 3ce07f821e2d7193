metadata description = 'Object replication from the primary’s registry to another region’s. The replica refuses all other writes from then on.'

import { modelContainer } from '../names.bicep'

@description('Registry account of the primary.')
param sourceName string

@description('Resource group of the primary.')
param sourceGroup string

@description('Registry account that receives.')
param destinationName string

var sourceId = resourceId(sourceGroup, 'Microsoft.Storage/storageAccounts', sourceName)

resource destination 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: destinationName
}

// The policy is made here first; Azure gives it an id and a rule id, which the source then repeats.
resource policy 'Microsoft.Storage/storageAccounts/objectReplicationPolicies@2025-06-01' = {
  parent: destination
  name: 'default'
  properties: {
    sourceAccount: sourceId
    destinationAccount: destination.id
    rules: [
      {
        sourceContainer: modelContainer
        destinationContainer: modelContainer
        filters: {
          // models that are older than the rule count too
          minCreationTime: '1601-01-01T00:00:00Z'
        }
      }
    ]
  }
}

module source 'replication-source.bicep' = {
  name: 'source-of-${destinationName}'
  scope: resourceGroup(sourceGroup)
  params: {
    sourceName: sourceName
    destinationId: destination.id
    policyId: policy.properties.policyId
    ruleId: policy.properties.rules[0].ruleId
  }
}
