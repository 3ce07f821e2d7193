metadata description = 'The Container Apps environment with its GPU profile.'

import { gpuProfile, place as placeType } from '../types.bicep'

@description('Where the app stands, and who may reach it.')
param place placeType

@description('GPU profile.')
param gpu gpuProfile

@description('Replicas in several zones; needs a network.')
param zoneRedundant bool

@description('Workspace that container logs go to.')
param workspaceId string

resource env 'Microsoft.App/managedEnvironments@2025-07-01' = {
  name: 'cae-${place.suffix}'
  location: place.location
  tags: place.tags
  properties: {
    appLogsConfiguration: {
      destination: 'azure-monitor'
    }
    publicNetworkAccess: place.isPublic ? 'Enabled' : 'Disabled'
    vnetConfiguration: empty(place.subnetId) ? null : {
      infrastructureSubnetId: place.subnetId
      internal: false
    }
    workloadProfiles: [
      {
        name: 'Consumption'
        workloadProfileType: 'Consumption'
      }
      {
        name: 'gpu'
        workloadProfileType: gpu
      }
    ]
    zoneRedundant: zoneRedundant && !empty(place.subnetId)
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: env
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

@description('Resource id of the environment: the target of a private link.')
output id string = env.id
