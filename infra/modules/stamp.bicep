metadata description = 'Everything that one region holds.'

import { accountNames, environmentFacts, hostingSettings, region as regionType, registryReference } from '../types.bicep'
import { storageName, suffix as suffixOf } from '../names.bicep'

@description('What all stamps share.')
param facts environmentFacts

@description('Region.')
param region regionType

@description('Plan, sizes and locks.')
param hosting hostingSettings

@description('Production registry that the stamp reads.')
param registry registryReference

var suffix = suffixOf(facts.name, region.code, facts.uniquifier)
var accounts accountNames = {
  runtime: storageName('run', facts.name, region.code, facts.uniquifier)
  data: storageName('dat', facts.name, region.code, facts.uniquifier)
  slotData: storageName('slt', facts.name, region.code, facts.uniquifier)
  content: storageName('cnt', facts.name, region.code, facts.uniquifier)
}
var noRegistryId = resourceId('Microsoft.ContainerRegistry/registries', 'none')
var imageRegistry = split(hosting.container.?registryId ?? noRegistryId, '/')

module base 'stamp-base.bicep' = {
  name: 'base'
  params: {
    suffix: suffix
    region: region
    tags: facts.tags
    hosting: hosting
    accounts: accounts
    registry: registry
    workspaceId: facts.workspaceId
  }
}

module access 'access.bicep' = {
  name: 'access'
  params: {
    appPrincipalId: base.outputs.principalId
    publishers: facts.publishers
    runtimeAccount: accounts.runtime
    dataAccounts: base.outputs.dataAccounts
    insights: base.outputs.insightsName
    scheduler: base.outputs.schedulerName
  }
}

module registryAccess 'access.bicep' = {
  name: 'registry-access-${region.code}'
  scope: resourceGroup(registry.groupName)
  params: {
    appPrincipalId: base.outputs.principalId
    readableRegistry: registry.accountName
  }
}

module imageAccess 'access.bicep' = if (!empty(hosting.container.?registryId)) {
  name: 'image-access-${suffix}'
  scope: resourceGroup(imageRegistry[2], imageRegistry[4])
  params: {
    appPrincipalId: base.outputs.principalId
    imageRegistry: imageRegistry[8]
  }
}

module host 'host.bicep' = {
  name: 'host'
  params: {
    place: {
      suffix: suffix
      location: region.name
      tags: facts.tags
      identityId: base.outputs.identityId
      subnetId: base.outputs.network.?appSubnetId ?? ''
      frontDoorId: hosting.frontDoorId
      isPublic: !hosting.hasPrivateOrigin
    }
    hosting: hosting
    clientId: base.outputs.clientId
    accounts: accounts
    registryAccount: registry.accountName
    insightsName: base.outputs.insightsName
    schedulerEndpoint: base.outputs.schedulerEndpoint
    network: base.outputs.network
    workspaceId: facts.workspaceId
  }
  dependsOn: [access, registryAccess, imageAccess]
}

module events 'events.bicep' = {
  name: 'events'
  params: {
    suffix: suffix
    location: region.name
    tags: facts.tags
    dataAccount: accounts.data
    identityId: base.outputs.identityId
  }
  dependsOn: [access]
}

@description('What the hooks and the CLI need.')
output summary object = {
  region: region.name
  code: region.code
  group: resourceGroup().name
  app: host.outputs.name
  targetId: host.outputs.targetId
  host: host.outputs.hostName
  slot: hosting.plan == 'premium' ? 'staging' : ''
  dataAccount: accounts.data
  registryAccount: registry.accountName
  topic: events.outputs.topicName
}
