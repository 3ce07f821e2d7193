metadata description = 'The app of one stamp, on the plan of the environment.'

import { accountNames, hostingSettings, networkAccess, place as placeType } from '../types.bicep'
import { packageContainer } from '../names.bicep'
import { sizes } from '../sizing.bicep'

@description('Where the app stands, and who may reach it.')
param place placeType

@description('Plan, sizes and locks.')
param hosting hostingSettings

@description('Client id of the stamp’s identity.')
param clientId string

@description('Storage accounts of the stamp.')
param accounts accountNames

@description('Production registry that the app reads.')
param registryAccount string

@description('Application Insights component of the stamp.')
param insightsName string

@description('Address of the Durable Task Scheduler; empty for the storage account.')
param schedulerEndpoint string

@description('Closed network of the stamp; absent for none.')
param network networkAccess?

@description('Workspace that container logs go to.')
param workspaceId string

var plan = hosting.plan
var gpu = hosting.container.?gpu ?? 'Consumption-GPU-NC8as-T4'
var sizeName = plan == 'premium' ? hosting.premiumSize : plan == 'flex' ? string(hosting.flexMemory) : gpu
var schedulerConnection = empty(schedulerEndpoint)
  ? ''
  : 'Endpoint=${schedulerEndpoint};Authentication=ManagedIdentity;ClientID=${clientId}'

module settings 'settings.bicep' = {
  name: 'settings'
  params: {
    clientId: clientId
    accounts: accounts
    registryAccount: registryAccount
    region: place.location
    instance: sizes[sizeName]
    insightsName: insightsName
    frontDoorId: hosting.frontDoorId
    schedulerConnection: schedulerConnection
    more: hosting.applicationSettings
  }
}

module premium 'host-premium.bicep' = if (plan == 'premium') {
  name: 'premium'
  params: {
    place: place
    hosting: hosting
    accounts: accounts
    settings: settings.outputs.all
    schedulerConnection: schedulerConnection
    network: network
  }
}

module flex 'flex.bicep' = if (plan == 'flex') {
  name: 'flex'
  params: {
    place: place
    memoryMiB: hosting.flexMemory
    scale: hosting.scale
    zoneRedundant: hosting.zoneRedundant
    packageContainerUri: 'https://${accounts.runtime}.blob.${environment().suffixes.storage}/${packageContainer}'
    settings: settings.outputs.all
  }
}

module signIn 'site-sign-in.bicep' = if (plan != 'containerapp-gpu') {
  name: 'sign-in'
  params: {
    appName: plan == 'premium' ? premium!.outputs.name : flex!.outputs.name
    outerAuthentication: hosting.outerAuthentication
  }
}

module containers 'host-container.bicep' = if (plan == 'containerapp-gpu') {
  name: 'containers'
  params: {
    place: place
    hosting: hosting
    settings: settings.outputs.all
    workspaceId: workspaceId
  }
}

@description('Name of the app.')
output name string = plan == 'premium' ? premium!.outputs.name : plan == 'flex' ? flex!.outputs.name : containers!.outputs.name

@description('What a private link leads to: the site, or the environment of the containers.')
output targetId string = plan == 'premium' ? premium!.outputs.id : plan == 'flex' ? flex!.outputs.id : containers!.outputs.environmentId

@description('Host name of the app.')
output hostName string = plan == 'premium' ? premium!.outputs.hostName : plan == 'flex' ? flex!.outputs.hostName : containers!.outputs.hostName
