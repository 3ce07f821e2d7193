metadata description = 'The Elastic Premium plan.'

import { premiumSize, scaleSettings, tags as tagsType } from '../types.bicep'

@description('Tail of the name.')
param suffix string

@description('Azure region.')
param location string

@description('Resource tags.')
param tags tagsType

@description('Size of an instance.')
param size premiumSize

@description('How far the plan scales.')
param scale scaleSettings

@description('Instances in several zones; Azure then wants at least two.')
param zoneRedundant bool

var minimum = max(scale.minimumInstances, zoneRedundant ? 2 : 1)

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: 'plan-${suffix}'
  location: location
  tags: tags
  kind: 'elastic'
  sku: {
    name: size
    tier: 'ElasticPremium'
    capacity: minimum
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
    maximumElasticWorkerCount: scale.maximumInstances
  }
}

@description('Resource id of the plan.')
output id string = plan.id

@description('Instances that the plan and the app keep.')
output minimumInstances int = minimum
