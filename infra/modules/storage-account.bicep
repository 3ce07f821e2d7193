metadata description = 'One storage account that takes identities only, with its containers and queues.'

import { tags as tagsType } from '../types.bicep'

@description('Account name, 3 to 24 lower-case letters and digits.')
@minLength(3)
@maxLength(24)
param name string

@description('Azure region.')
param location string

@description('Resource tags.')
param tags tagsType

@description('Three copies in three zones instead of one.')
param zoneRedundant bool

@description('Reached through private endpoints only. Trusted services such as Event Grid still come in with their identity.')
param isPrivate bool

@description('Containers to create.')
param containers string[]

@description('Queues to create.')
param queues string[] = []

@description('Versions and change feed, which object replication needs on both sides.')
param isVersioned bool = false

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    isVersioningEnabled: isVersioned
    changeFeed: {
      enabled: isVersioned
    }
    deleteRetentionPolicy: {
      enabled: true
      days: 7
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: 7
    }
  }

  resource container 'containers' = [for c in containers: {
    name: c
  }]
}

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2025-06-01' = if (!empty(queues)) {
  parent: account
  name: 'default'

  resource queue 'queues' = [for q in queues: {
    name: q
  }]
}

@description('Resource id of the account.')
output id string = account.id

@description('Name of the account.')
output name string = account.name
