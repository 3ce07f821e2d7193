metadata description = 'Every role assignment of the product: who may do what on the resources of one resource group.'

import { principal } from '../types.bicep'
import { roles } from '../roles.bicep'

@description('Identity of a stamp’s app; absent where only publishers are granted.')
param appPrincipalId string?

@description('People, groups and pipelines that publish models and upload data.')
param publishers principal[] = []

@description('Account of the Functions host and the task hub.')
param runtimeAccount string?

@description('Data accounts: the stamp’s own, and the staging slot’s.')
param dataAccounts string[] = []

@description('Production registry that the app reads.')
param readableRegistry string?

@description('Production registry that publishers write; the primary’s only, for replicas refuse writes.')
param writableRegistry string?

@description('Application Insights component.')
param insights string?

@description('Durable Task Scheduler.')
param scheduler string?

@description('Container registry that the app’s image is pulled from.')
param imageRegistry string?

var app = { objectId: appPrincipalId ?? '', type: 'ServicePrincipal' }
// the host leases and writes blobs, queues and tables of its own account; the app owns its data; it only reads models
var appGrants = concat(
  empty(runtimeAccount) ? [] : [
    { account: runtimeAccount!, role: roles.storageBlobDataOwner, to: app }
    { account: runtimeAccount!, role: roles.storageQueueDataContributor, to: app }
    { account: runtimeAccount!, role: roles.storageTableDataContributor, to: app }
  ],
  empty(readableRegistry) ? [] : [{ account: readableRegistry!, role: roles.storageBlobDataReader, to: app }],
  flatten(map(dataAccounts, a => [
    { account: a, role: roles.storageBlobDataOwner, to: app }
    { account: a, role: roles.storageQueueDataContributor, to: app }
  ]))
)
var published = concat(dataAccounts, empty(writableRegistry) ? [] : [writableRegistry!])
var publisherGrants = flatten(map(
  published,
  a => map(publishers, p => { account: a, role: roles.storageBlobDataContributor, to: p })
))
var storageGrants = concat(appGrants, publisherGrants)

resource accounts 'Microsoft.Storage/storageAccounts@2025-06-01' existing = [for g in storageGrants: {
  name: g.account
}]

resource onStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (g, i) in storageGrants: {
  name: guid(accounts[i].id, g.to.objectId, g.role)
  scope: accounts[i]
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', g.role)
    principalId: g.to.objectId
    principalType: g.to.type
  }
}]

resource component 'Microsoft.Insights/components@2020-02-02' existing = if (!empty(insights)) {
  name: insights ?? 'none'
}

resource onInsights 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(insights)) {
  name: guid(component.id, app.objectId, roles.monitoringMetricsPublisher)
  scope: component
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.monitoringMetricsPublisher)
    principalId: app.objectId
    principalType: 'ServicePrincipal'
  }
}

resource tasks 'Microsoft.DurableTask/schedulers@2025-11-01' existing = if (!empty(scheduler)) {
  name: scheduler ?? 'none'
}

resource onScheduler 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(scheduler)) {
  name: guid(tasks.id, app.objectId, roles.durableTaskDataContributor)
  scope: tasks
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.durableTaskDataContributor)
    principalId: app.objectId
    principalType: 'ServicePrincipal'
  }
}

resource images 'Microsoft.ContainerRegistry/registries@2025-11-01' existing = if (!empty(imageRegistry)) {
  name: imageRegistry ?? 'none'
}

resource onImages 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(imageRegistry)) {
  name: guid(images.id, app.objectId, roles.acrPull)
  scope: images
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.acrPull)
    principalId: app.objectId
    principalType: 'ServicePrincipal'
  }
}
