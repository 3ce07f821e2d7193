metadata description = 'What all regions share: the workspace with its workbook and alerts, and the front door with its firewall.'

import { frontDoorSettings, operationsSettings, tags as tagsType } from '../types.bicep'

@description('Name of the environment.')
param environmentName string

@description('Tail of the names.')
param suffix string

@description('Azure region of what has one.')
param location string

@description('Resource tags.')
param tags tagsType

@description('Front Door; absent for none.')
param frontDoor frontDoorSettings?

@description('Alerts and logs.')
param operations operationsSettings

var hasDoor = frontDoor != null
var hasDomain = !empty(frontDoor.?customDomain)

module monitoring 'monitoring.bicep' = {
  name: 'monitoring'
  params: {
    suffix: suffix
    location: location
    tags: tags
    retentionInDays: operations.logRetentionDays
  }
}

module workbook 'workbook.bicep' = {
  name: 'workbook'
  params: {
    environmentName: environmentName
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
  }
}

module door 'front-door.bicep' = if (hasDoor) {
  name: 'front-door'
  params: {
    suffix: suffix
    sku: frontDoor!.sku
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
  }
}

module firewall 'waf.bicep' = if (hasDoor) {
  name: 'waf'
  params: {
    suffix: suffix
    settings: frontDoor!
    tags: tags
  }
}

module domain 'front-door-domain.bicep' = if (hasDomain) {
  name: 'domain'
  params: {
    profileName: door!.outputs.profileName
    hostName: frontDoor!.customDomain!
  }
}

module security 'front-door-security.bicep' = if (hasDoor) {
  name: 'security'
  params: {
    profileName: door!.outputs.profileName
    endpointName: door!.outputs.endpointName
    wafPolicyId: firewall!.outputs.id
    customDomainId: hasDomain ? domain!.outputs.id : ''
  }
}

// each rule bills by itself: none where nobody would be told
module alerts 'alerts.bicep' = if (!empty(operations.?alertEmail)) {
  name: 'alerts'
  params: {
    suffix: suffix
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    email: operations.alertEmail!
    latencyLimitMs: operations.latencyLimitMs
    frontDoorProfileId: hasDoor ? door!.outputs.id : ''
  }
}

@description('Resource id of the workspace.')
output workspaceId string = monitoring.outputs.workspaceId

@description('Front Door, with empty texts where there is none.')
output door object = {
  profileName: hasDoor ? door!.outputs.profileName : ''
  endpointName: hasDoor ? door!.outputs.endpointName : ''
  id: hasDoor ? door!.outputs.frontDoorId : ''
  hostName: hasDoor ? door!.outputs.hostName : ''
  domainId: hasDomain ? domain!.outputs.id : ''
  validationToken: hasDomain ? domain!.outputs.validationToken : ''
}
