metadata description = 'The app on Flex Consumption, with its plan. No slots here: a publish replaces instances one by one.'

import { flexMemory, place as placeType, scaleSettings, settings as settingsType } from '../types.bicep'
import { onlyFrontDoor } from '../front-door-lock.bicep'

@description('Where the app stands, and who may reach it. Its identity also reads the deployment package.')
param place placeType

@description('Memory of an instance, MiB.')
param memoryMiB flexMemory

@description('How far the app scales.')
param scale scaleSettings

@description('Instances in several zones; the platform then keeps at least two per group.')
param zoneRedundant bool

@description('Container that published packages go to.')
param packageContainerUri string

@description('Settings of the app.')
param settings settingsType

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: 'plan-${place.suffix}'
  location: place.location
  tags: place.tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: 'func-${place.suffix}'
  location: place.location
  tags: place.tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${place.identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: place.isPublic ? 'Enabled' : 'Disabled'
    virtualNetworkSubnetId: empty(place.subnetId) ? null : place.subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUri
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: place.identityId
          }
        }
      }
      runtime: {
        name: 'node'
        version: '22'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: memoryMiB
        maximumInstanceCount: scale.maximumInstances
        alwaysReady: scale.minimumInstances == 0 ? [] : [{ name: 'http', instanceCount: scale.minimumInstances }]
        triggers: {
          http: {
            perInstanceConcurrency: scale.?httpConcurrency ?? 16
          }
        }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      http20Enabled: true
      ipSecurityRestrictionsDefaultAction: empty(place.frontDoorId) ? 'Allow' : 'Deny'
      ipSecurityRestrictions: onlyFrontDoor(place.frontDoorId)
      scmIpSecurityRestrictionsUseMain: false
      scmIpSecurityRestrictionsDefaultAction: place.isPublic ? 'Allow' : 'Deny'
    }
  }

  resource values 'config' = {
    name: 'appsettings'
    properties: settings
  }
}

@description('Name of the app.')
output name string = app.name

@description('Resource id of the app: the target of a private link.')
output id string = app.id

@description('Host name of the app.')
output hostName string = app.properties.defaultHostName
