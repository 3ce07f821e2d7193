metadata description = 'What a stamp’s app stands on: identity, telemetry, network, storage, scheduler.'

import { accountNames, hostingSettings, networkAccess, region as regionType, registryReference, tags as tagsType } from '../types.bicep'
import { slotTaskHub, taskHub } from '../names.bicep'

@description('Tail of the names.')
param suffix string

@description('Region.')
param region regionType

@description('Resource tags.')
param tags tagsType

@description('Plan, sizes and locks.')
param hosting hostingSettings

@description('Storage accounts of the stamp.')
param accounts accountNames

@description('Production registry that the stamp reads.')
param registry registryReference

@description('Workspace of all logs.')
param workspaceId string

var hasSlot = hosting.plan == 'premium'
// functions on Container Apps scale durable work only through the scheduler (or SQL)
var hasScheduler = hosting.durableTaskScheduler || hosting.plan == 'containerapp-gpu'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${suffix}'
  location: region.name
  tags: tags
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${suffix}'
  location: region.name
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspaceId
    DisableLocalAuth: true
  }
}

module closedNetwork 'network.bicep' = if (hosting.isPrivate) {
  name: 'network'
  params: {
    suffix: suffix
    location: region.name
    addressPrefix: region.addressPrefix
    plan: hosting.plan
    tags: tags
  }
}

module storage 'stamp-storage.bicep' = {
  name: 'storage'
  params: {
    location: region.name
    tags: tags
    accounts: accounts
    registry: registry
    zoneRedundant: hosting.zoneRedundant
    hasSlot: hasSlot
    network: hosting.isPrivate ? closedNetwork!.outputs.access : null
  }
}

module tasks 'scheduler.bicep' = if (hasScheduler) {
  name: 'scheduler'
  params: {
    name: 'dts-${suffix}'
    location: region.name
    tags: tags
    taskHubs: hasSlot ? [taskHub, slotTaskHub] : [taskHub]
  }
}

@description('Resource id of the stamp’s identity.')
output identityId string = identity.id

@description('Object id of the identity, which roles are given to.')
output principalId string = identity.properties.principalId

@description('Client id of the identity, which the app signs in with.')
output clientId string = identity.properties.clientId

@description('Application Insights component.')
output insightsName string = insights.name

@description('Data accounts: the app’s, and the slot’s.')
output dataAccounts string[] = storage.outputs.dataAccounts

@description('Name of the Durable Task Scheduler; absent for none.')
output schedulerName string? = hasScheduler ? 'dts-${suffix}' : null

@description('Address of the Durable Task Scheduler; empty for none.')
output schedulerEndpoint string = hasScheduler ? tasks!.outputs.endpoint : ''

@description('Closed network; absent for the public one.')
output network networkAccess? = hosting.isPrivate ? closedNetwork!.outputs.access : null
