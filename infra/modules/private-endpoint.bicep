metadata description = 'One private endpoint and its record in the zone of the service.'

import { tags as tagsType } from '../types.bicep'

@description('Name of the endpoint.')
param name string

@description('Region of the network, which may differ from the region of the target.')
param location string

@description('Resource tags.')
param tags tagsType

@description('Subnet that the endpoint takes an address of.')
param subnetId string

@description('Resource that the endpoint leads to.')
param targetId string

@description('Sub-resource, such as blob or queue.')
param service string

@description('Private DNS zone of the service.')
param zoneId string

resource endpoint 'Microsoft.Network/privateEndpoints@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: {
      id: subnetId
    }
    privateLinkServiceConnections: [
      {
        name: service
        properties: {
          privateLinkServiceId: targetId
          groupIds: [service]
        }
      }
    ]
  }

  resource zones 'privateDnsZoneGroups' = {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: service
          properties: {
            privateDnsZoneId: zoneId
          }
        }
      ]
    }
  }
}
