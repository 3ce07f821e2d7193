metadata description = 'What premium needs around the app: content share, plan, and a slot that cannot take production’s work.'

import { accountNames, hostingSettings, networkAccess, place as placeType, settings as settingsType } from '../types.bicep'
import { slotTaskHub } from '../names.bicep'

@description('Where the app stands, and who may reach it.')
param place placeType

@description('Plan, sizes and locks.')
param hosting hostingSettings

@description('Storage accounts of the stamp.')
param accounts accountNames

@description('Settings of the app.')
param settings settingsType

@description('Connection string of the Durable Task Scheduler up to its task hub; empty for the storage account.')
param schedulerConnection string

@description('Closed network of the stamp; absent for none.')
param network networkAccess?

var storage = environment().suffixes.storage
var shares = ['content-a', 'content-b']

module content 'content-share.bicep' = {
  name: 'content-share'
  params: {
    name: accounts.content
    location: place.location
    tags: place.tags
    zoneRedundant: hosting.zoneRedundant
    network: network
    shares: shares
  }
}

module plan 'premium-plan.bicep' = {
  name: 'plan'
  params: {
    suffix: place.suffix
    location: place.location
    tags: place.tags
    size: hosting.premiumSize
    scale: hosting.scale
    zoneRedundant: hosting.zoneRedundant
  }
}

module app 'premium.bicep' = {
  name: 'app'
  params: {
    place: place
    planId: plan.outputs.id
    minimumInstances: plan.outputs.minimumInstances
    maximumInstances: hosting.scale.maximumInstances
    settings: settings
    slotSettings: union(
      {
        PolyscoreStorage__blobServiceUri: 'https://${accounts.slotData}.blob.${storage}'
        PolyscoreStorage__queueServiceUri: 'https://${accounts.slotData}.queue.${storage}'
        AzureFunctionsJobHost__extensions__durableTask__hubName: slotTaskHub
      },
      empty(schedulerConnection) ? {} : {
        DURABLE_TASK_SCHEDULER_CONNECTION_STRING: '${schedulerConnection};TaskHub=${slotTaskHub}'
      }
    )
    contentConnectionString: content.outputs.connectionString
    contentShares: shares
  }
}

@description('Name of the app.')
output name string = app.outputs.name

@description('Resource id of the app: the target of a private link.')
output id string = app.outputs.id

@description('Host name of the app.')
output hostName string = app.outputs.hostName
