metadata description = 'Everything that one region holds.'

import { accountNames, hostingSettings, principal, region as regionType, registryReference, tags as tagsType } from '../types.bicep'
import { slotTaskHub, storageName, suffix as suffixOf, taskHub } from '../names.bicep'

@description('Short name of the environment.')
param environmentName string

@description('Region.')
param region regionType

@description('Six characters that make names unique.')
param uniquifier string

@description('Plan, sizes and locks.')
param hosting hostingSettings

@description('Production registry that the stamp reads.')
param registry registryReference

@description('People, groups and pipelines that upload data and endpoint documents.')
param publishers principal[]

@description('Resource id of the container registry that holds the image; absent for a public image.')
param imageRegistryId string?

@description('Workspace of all logs.')
param workspaceId string

@description('Resource tags.')
param tags tagsType

var suffix = suffixOf(environmentName, region.code, uniquifier)
var accounts accountNames = {
  runtime: storageName('run', environmentName, region.code, uniquifier)
  data: storageName('dat', environmentName, region.code, uniquifier)
  slotData: storageName('slt', environmentName, region.code, uniquifier)
  content: storageName('cnt', environmentName, region.code, uniquifier)
}
var hasSlot = hosting.plan == 'premium'
// functions on Container Apps scale durable work only through the scheduler (or SQL)
var hasScheduler = hosting.durableTaskScheduler || hosting.plan == 'containerapp-gpu'
var schedulerName = 'dts-${suffix}'
var imageRegistryPath = split(imageRegistryId ?? '////////', '/')

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

module network 'network.bicep' = if (hosting.isPrivate) {
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
    network: network.?outputs.access
  }
}

module scheduler 'scheduler.bicep' = if (hasScheduler) {
  name: 'scheduler'
  params: {
    name: schedulerName
    location: region.name
    tags: tags
    taskHubs: hasSlot ? [taskHub, slotTaskHub] : [taskHub]
  }
}
