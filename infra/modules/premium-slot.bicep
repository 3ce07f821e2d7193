metadata description = 'The staging slot: the next version runs here, on data of its own, until it is swapped in.'

import { tags as tagsType } from '../types.bicep'

@description('App that the slot belongs to.')
param appName string

@description('Azure region.')
param location string

@description('Resource tags.')
param tags tagsType

@description('Identity, the same as the app’s.')
param identityId string

@description('Properties of the app, which the slot repeats.')
param properties object

@description('Settings of the slot; they hold the key of the content share.')
@secure()
param settings object

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName
}

// checked against the full Azure/bicep-types-az; the offline pack of types leaves slots out
#disable-next-line BCP081
resource slot 'Microsoft.Web/sites/slots@2025-03-01' = {
  parent: app
  name: 'staging'
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: properties
}

#disable-next-line BCP081
resource values 'Microsoft.Web/sites/slots/config@2025-03-01' = {
  parent: slot
  name: 'appsettings'
  properties: settings
}

#disable-next-line BCP081
resource publishing 'Microsoft.Web/sites/slots/basicPublishingCredentialsPolicies@2025-03-01' = [for kind in ['ftp', 'scm']: {
  parent: slot
  name: kind
  properties: {
    allow: false
  }
}]
