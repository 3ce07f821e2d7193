metadata description = 'The storage of one stamp: host, data and slot accounts, and in a closed network the endpoints that lead to them.'

import { accountNames, networkAccess, registryReference, tags as tagsType } from '../types.bicep'
import { dataContainers, inboxPoisonQueue, inboxQueue, packageContainer } from '../names.bicep'

@description('Azure region.')
param location string

@description('Resource tags.')
param tags tagsType

@description('Account names.')
param accounts accountNames

@description('Production registry that the stamp reads; it may lie in another region.')
param registry registryReference

@description('Three copies in three zones instead of one.')
param zoneRedundant bool

@description('Whether there is a staging slot, which gets a data account of its own.')
param hasSlot bool

@description('Closed network; absent for the public one.')
param network networkAccess?

var isPrivate = network != null
var dataAccounts = hasSlot ? [accounts.data, accounts.slotData] : [accounts.data]
var runtimeId = resourceId('Microsoft.Storage/storageAccounts', accounts.runtime)
var registryId = resourceId(registry.groupName, 'Microsoft.Storage/storageAccounts', registry.accountName)
var dataLinks = flatten(map(dataAccounts, name => map(['blob', 'queue'], s => {
  account: name
  service: s
  id: resourceId('Microsoft.Storage/storageAccounts', name)
})))
var links = concat(
  map(['blob', 'queue', 'table'], s => { account: accounts.runtime, service: s, id: runtimeId }),
  dataLinks,
  [{ account: registry.accountName, service: 'blob', id: registryId }]
)

module runtime 'storage-account.bicep' = {
  name: 'runtime-account'
  params: {
    name: accounts.runtime
    location: location
    tags: tags
    zoneRedundant: zoneRedundant
    isPrivate: isPrivate
    containers: [packageContainer]
  }
}

module data 'storage-account.bicep' = [for name in dataAccounts: {
  name: 'data-account-${name}'
  params: {
    name: name
    location: location
    tags: tags
    zoneRedundant: zoneRedundant
    isPrivate: isPrivate
    containers: dataContainers
    queues: [inboxQueue, inboxPoisonQueue]
  }
}]

module lifecycle 'lifecycle.bicep' = [for (name, i) in dataAccounts: {
  name: 'lifecycle-${name}'
  params: {
    accountName: data[i].outputs.name
  }
}]

module endpoints 'private-endpoint.bicep' = [for l in (isPrivate ? links : []): {
  name: 'endpoint-${l.account}-${l.service}'
  params: {
    name: 'pe-${l.account}-${l.service}'
    location: location
    tags: tags
    subnetId: network!.endpointSubnetId
    targetId: l.id
    service: l.service
    zoneId: network!.zoneIds[l.service]
  }
  dependsOn: [runtime, data]
}]

@description('Data accounts of the stamp: the app’s, and the slot’s.')
output dataAccounts string[] = dataAccounts
