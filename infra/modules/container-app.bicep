metadata description = 'The app as a container with a GPU: kind functionapp, so that the platform scales it by its triggers.'

import { containerSettings, entraSettings, place as placeType, scaleSettings, settings as settingsType } from '../types.bicep'

@description('Where the app stands. Its identity also pulls the image.')
param place placeType

@description('Environment that the app runs in.')
param environmentId string

@description('Image and GPU.')
param container containerSettings

@description('How far the app scales; zero replicas cost nothing and make the next caller wait for a GPU.')
param scale scaleSettings

@description('Settings of the app.')
param settings settingsType

@description('Easy Auth in front of the app’s own token check; absent for none.')
param outerAuthentication entraSettings?

var replica = container.gpu == 'Consumption-GPU-NC24-A100' ? { cpu: '24', memory: '220Gi' } : { cpu: '8', memory: '56Gi' }
var server = '${last(split(container.?registryId ?? '/', '/'))}.azurecr.io'
var probes = [
  { type: 'Startup', path: '/v2/health/live', periodSeconds: 5, failureThreshold: 60 }
  { type: 'Liveness', path: '/v2/health/live', periodSeconds: 15, failureThreshold: 4 }
  { type: 'Readiness', path: '/v2/health/ready', periodSeconds: 10, failureThreshold: 3 }
]

resource app 'Microsoft.App/containerApps@2025-07-01' = {
  name: 'ca-${place.suffix}'
  location: place.location
  tags: place.tags
  kind: 'functionapp'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${place.identityId}': {}
    }
  }
  properties: {
    environmentId: environmentId
    workloadProfileName: 'gpu'
    configuration: {
      activeRevisionsMode: 'Single'
      registries: empty(container.?registryId) ? [] : [{ server: server, identity: place.identityId }]
      ingress: {
        external: true
        targetPort: 80
        transport: 'auto'
        allowInsecure: false
      }
    }
    template: {
      containers: [
        {
          name: 'scoring'
          image: container.image
          resources: {
            cpu: json(replica.cpu)
            memory: replica.memory
          }
          env: map(items(settings), s => { name: s.key, value: s.value })
          probes: map(probes, p => {
            type: p.type
            httpGet: { path: p.path, port: 80 }
            periodSeconds: p.periodSeconds
            failureThreshold: p.failureThreshold
          })
        }
      ]
      scale: {
        minReplicas: scale.minimumInstances
        maxReplicas: scale.maximumInstances
      }
    }
  }
}

module easyAuth 'container-app-sign-in.bicep' = if (outerAuthentication != null) {
  name: 'sign-in'
  params: {
    appName: app.name
    outerAuthentication: outerAuthentication!
  }
}

@description('Name of the app.')
output name string = app.name

@description('Host name of the app.')
output hostName string = app.properties.configuration.ingress.fqdn
