metadata description = 'The app on Elastic Premium, with its staging slot.'

import { place as placeType, settings as settingsType } from '../types.bicep'
import { onlyFrontDoor } from '../front-door-lock.bicep'

@description('Where the app stands, and who may reach it.')
param place placeType

@description('Plan that the app runs on.')
param planId string

@description('Instances kept for the app.')
param minimumInstances int

@description('Instances at most.')
param maximumInstances int

@description('Settings of the app.')
param settings settingsType

@description('Settings by which the slot differs; they stay with the slot in a swap.')
param slotSettings settingsType

@description('Where premium mounts its content from; holds an account key.')
@secure()
param contentConnectionString string

@description('Shares of the app and of the slot.')
param contentShares string[]

var appSettings = union(settings, {
  FUNCTIONS_EXTENSION_VERSION: '~4'
  FUNCTIONS_WORKER_RUNTIME: 'node'
  WEBSITE_CONTENTAZUREFILECONNECTIONSTRING: contentConnectionString
  WEBSITE_RUN_FROM_PACKAGE: '1'
  WEBSITE_SWAP_WARMUP_PING_PATH: '/v2/health/ready'
  WEBSITE_SWAP_WARMUP_PING_STATUSES: '200'
})
var properties = {
  serverFarmId: planId
  reserved: true
  httpsOnly: true
  clientAffinityEnabled: false
  publicNetworkAccess: place.isPublic ? 'Enabled' : 'Disabled'
  virtualNetworkSubnetId: empty(place.subnetId) ? null : place.subnetId
  outboundVnetRouting: {
    contentShareTraffic: !empty(place.subnetId)
  }
  siteConfig: {
    linuxFxVersion: 'NODE|22'
    use32BitWorkerProcess: false
    minTlsVersion: '1.2'
    ftpsState: 'Disabled'
    http20Enabled: true
    healthCheckPath: '/v2/health/ready'
    minimumElasticInstanceCount: minimumInstances
    preWarmedInstanceCount: 1
    functionAppScaleLimit: maximumInstances
    ipSecurityRestrictionsDefaultAction: empty(place.frontDoorId) ? 'Allow' : 'Deny'
    ipSecurityRestrictions: onlyFrontDoor(place.frontDoorId)
    // publishing goes through the scm site: Entra tokens only, and closed until the publish hook opens it for its own address
    scmIpSecurityRestrictionsUseMain: false
    scmIpSecurityRestrictionsDefaultAction: place.isPublic ? 'Allow' : 'Deny'
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
  properties: properties

  resource values 'config' = {
    name: 'appsettings'
    properties: union(appSettings, { WEBSITE_CONTENTSHARE: contentShares[0] })
  }

  resource sticky 'config' = {
    name: 'slotConfigNames'
    properties: {
      appSettingNames: objectKeys(slotSettings)
    }
  }
}

module slot 'premium-slot.bicep' = {
  name: 'slot'
  params: {
    appName: app.name
    location: place.location
    tags: place.tags
    identityId: place.identityId
    properties: properties
    settings: union(appSettings, slotSettings, { WEBSITE_CONTENTSHARE: contentShares[1] })
  }
}

@description('Name of the app.')
output name string = app.name

@description('Resource id of the app: the target of a private link.')
output id string = app.id

@description('Host name of the app.')
output hostName string = app.properties.defaultHostName
