metadata description = 'The account that holds nothing but premium’s content shares. The only place with account keys (ADR 0010).'

import { networkAccess, tags as tagsType } from '../types.bicep'

@description('Account name.')
@minLength(3)
@maxLength(24)
param name string

@description('Azure region.')
param location string

@description('Resource tags.')
param tags tagsType

@description('Three copies in three zones instead of one.')
param zoneRedundant bool

@description('Closed network that the account is reached through; absent for the public one.')
param network networkAccess?

@description('A share for the app and one for the slot; in a closed network they must exist before the app.')
param shares string[]

var isPrivate = network != null

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
  }
  properties: {
    allowBlobPublicAccess: false
    // Elastic Premium mounts its content share with the account key: Azure Files mounts take no managed identity
    #disable-next-line policy
    allowSharedKeyAccess: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
    }
  }

  resource files 'fileServices' = {
    name: 'default'

    resource share 'shares' = [for s in shares: {
      name: s
      properties: {
        shareQuota: 10
      }
    }]
  }
}

module endpoint 'private-endpoint.bicep' = if (isPrivate) {
  name: 'content-endpoint'
  params: {
    name: 'pe-${name}-file'
    location: location
    tags: tags
    subnetId: network!.endpointSubnetId
    targetId: account.id
    service: 'file'
    zoneId: network!.zoneIds.file
  }
}

@description('Connection string with the account key, for WEBSITE_CONTENTAZUREFILECONNECTIONSTRING.')
@secure()
output connectionString string = 'DefaultEndpointsProtocol=https;AccountName=${account.name};AccountKey=${account.listKeys().keys[0].value};EndpointSuffix=${environment().suffixes.storage}'
