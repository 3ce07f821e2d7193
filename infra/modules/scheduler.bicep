metadata description = 'Durable Task Scheduler of one region, with a task hub for the app and one for the staging slot.'

import { tags as tagsType } from '../types.bicep'

@description('Name of the scheduler.')
param name string

@description('Azure region.')
param location string

@description('Resource tags.')
param tags tagsType

@description('Task hubs to create.')
param taskHubs string[]

resource scheduler 'Microsoft.DurableTask/schedulers@2025-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    // an empty list refuses everybody; callers still need an Entra token with a role on the scheduler
    ipAllowlist: ['0.0.0.0/0']
    sku: {
      name: 'Consumption'
    }
  }

  resource hub 'taskHubs' = [for h in taskHubs: {
    name: h
  }]
}

@description('Address that the durable extension connects to.')
output endpoint string = scheduler.properties.endpoint
