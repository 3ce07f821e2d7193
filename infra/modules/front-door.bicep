metadata description = 'The global entry: profile and endpoint. Its id locks the apps, so it comes before them; its origins come after.'

import { frontDoorSku, tags as tagsType } from '../types.bicep'

@description('Tail of the names.')
param suffix string

@description('Tier.')
param sku frontDoorSku

@description('Resource tags.')
param tags tagsType

@description('Workspace of access, probe and WAF logs.')
param workspaceId string

resource profile 'Microsoft.Cdn/profiles@2025-06-01' = {
  name: 'afd-${suffix}'
  location: 'global'
  tags: tags
  sku: {
    name: sku
  }
  properties: {
    // longer than the 230 s after which the platform gives up on an HTTP answer
    originResponseTimeoutSeconds: 240
  }

  resource endpoint 'afdEndpoints' = {
    name: 'fde-${suffix}'
    location: 'global'
    tags: tags
    properties: {
      enabledState: 'Enabled'
    }
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: profile
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
  }
}

@description('Resource id of the profile.')
output id string = profile.id

@description('Name of the profile.')
output profileName string = profile.name

@description('Name of the endpoint.')
output endpointName string = profile::endpoint.name

@description('Id that Front Door stamps on its requests as X-Azure-FDID.')
output frontDoorId string = profile.properties.frontDoorId

@description('Host name that callers use.')
output hostName string = profile::endpoint.properties.hostName
