metadata description = 'The workspace that every log of the environment goes to.'

import { tags as tagsType } from '../types.bicep'

@description('Tail of the name.')
param suffix string

@description('Azure region.')
param location string

@description('Resource tags.')
param tags tagsType

@description('Days that logs stay.')
param retentionInDays int

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: 'log-${suffix}'
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: retentionInDays
    features: {
      disableLocalAuth: true
    }
  }
}

@description('Resource id of the workspace.')
output workspaceId string = workspace.id
