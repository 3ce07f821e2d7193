metadata description = 'The network of one region: a subnet the app goes out through, one for private endpoints, and the zones of storage.'

import { networkAccess, planKind, tags as tagsType } from '../types.bicep'

@description('Tail of the names.')
param suffix string

@description('Azure region.')
param location string

@description('Address space, at least a /23.')
param addressPrefix string

@description('Decides whom the app subnet is delegated to.')
param plan planKind

@description('Resource tags.')
param tags tagsType

var delegation = plan == 'premium' ? 'Microsoft.Web/serverFarms' : 'Microsoft.App/environments'
var services = ['blob', 'queue', 'table', 'file']

resource vnet 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: 'vnet-${suffix}'
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [addressPrefix]
    }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 24, 0)
          // flex and Container Apps send everything through here: telemetry and webhooks need a way out
          defaultOutboundAccess: true
          delegations: [
            {
              name: 'app'
              properties: {
                serviceName: delegation
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 24, 1)
          defaultOutboundAccess: false
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }

  resource app 'subnets' existing = {
    name: 'app'
  }

  resource endpoints 'subnets' existing = {
    name: 'endpoints'
  }
}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [for s in services: {
  name: 'privatelink.${s}.${environment().suffixes.storage}'
  location: 'global'
  tags: tags
}]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (s, i) in services: {
  parent: zones[i]
  name: 'link'
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: vnet.id
    }
  }
}]

@description('Subnets, and the private DNS zones by storage service.')
output access networkAccess = {
  appSubnetId: vnet::app.id
  endpointSubnetId: vnet::endpoints.id
  zoneIds: {
    blob: zones[0].id
    queue: zones[1].id
    table: zones[2].id
    file: zones[3].id
  }
}
