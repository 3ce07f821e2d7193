metadata description = 'The Container Apps environment and the app in it.'

import { hostingSettings, place as placeType, settings as settingsType } from '../types.bicep'

@description('Where the app stands, and who may reach it.')
param place placeType

@description('Image, GPU and scale.')
param hosting hostingSettings

@description('Settings of the app.')
param settings settingsType

@description('Workspace that container logs go to.')
param workspaceId string

var container = hosting.container ?? fail('plan containerapp-gpu needs the parameter container: image and gpu')

module env 'container-environment.bicep' = {
  name: 'container-environment'
  params: {
    place: place
    gpu: container.gpu
    zoneRedundant: hosting.zoneRedundant
    workspaceId: workspaceId
  }
}

module app 'container-app.bicep' = {
  name: 'container-app'
  params: {
    place: place
    environmentId: env.outputs.id
    container: container
    scale: hosting.scale
    settings: settings
    outerAuthentication: hosting.outerAuthentication
  }
}

@description('Name of the app.')
output name string = app.outputs.name

@description('Resource id of the environment: the target of a private link.')
output environmentId string = env.outputs.id

@description('Host name of the app.')
output hostName string = app.outputs.hostName
