metadata description = 'The production registry of one region.'

import { tags as tagsType } from '../types.bicep'
import { modelContainer } from '../names.bicep'

@description('Account name.')
param accountName string

@description('Azure region.')
param location string

@description('Resource tags.')
param tags tagsType

@description('Three copies in three zones instead of one.')
param zoneRedundant bool

@description('Reached through private endpoints only.')
param isPrivate bool

module account 'storage-account.bicep' = {
  name: 'registry-account'
  params: {
    name: accountName
    location: location
    tags: tags
    zoneRedundant: zoneRedundant
    isPrivate: isPrivate
    containers: [modelContainer]
    isVersioned: true
  }
}

@description('Resource id of the account.')
output id string = account.outputs.id
