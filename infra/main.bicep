metadata description = 'Polyscore in one to four regions. docs/deploy.md says how, what it costs, and what was never deployed.'
targetScope = 'subscription'

import { containerSettings, entraSettings, flexMemory as flexMemoryType, frontDoorSettings, operationsSettings, planKind, premiumSize as premiumSizeType, principal, region, scaleSettings, settings, tags } from 'types.bicep'
import { groupName, storageName } from 'names.bicep'

@description('Short name of the environment, such as prod. azd passes AZURE_ENV_NAME.')
@minLength(2)
@maxLength(12)
param environmentName string

@description('One to four regions, the primary first.')
@minLength(1)
@maxLength(4)
param regions region[]

@description('How the functions are hosted.')
param plan planKind

@description('Size of an instance; premium only.')
param premiumSize premiumSizeType = 'EP1'

@description('Memory of an instance; flex only.')
param flexMemory flexMemoryType = 2048

@description('Image and GPU; containerapp-gpu only, and needed there.')
param container containerSettings?

@description('How far the app of each region scales.')
param scale scaleSettings

@description('Instances, host and data accounts in several zones of each region.')
param zoneRedundant bool = false

@description('Registry in several zones of each region.')
param registryZoneRedundant bool = true

@description('Storage behind private endpoints; with Front Door Premium the apps too.')
param privateNetworking bool = false

@description('Durable Task Scheduler instead of the storage account as the orchestrations’ store; always on for containerapp-gpu.')
param durableTaskScheduler bool = false

@description('Front Door over all regions; absent for none.')
param frontDoor frontDoorSettings?

@description('Easy Auth in front of the app’s own token check; absent for none.')
param outerAuthentication entraSettings?

@description('Who may publish models and upload data.')
param publishers principal[] = []

@description('Further POLYSCORE_ settings, by name: docs/reference/settings.md.')
param applicationSettings settings = {}

@description('Alerts, logs, budget.')
param operations operationsSettings

@description('Tags of every resource.')
param resourceTags tags = {}

// Azure copies a container to two other accounts at most: a fourth region reads the registry of the second (ADR 0012)
var registryCount = 3
var uniquifier = take(uniqueString(subscription().id, environmentName), 6)
var suffix = '${environmentName}-${uniquifier}'
var allTags = union(resourceTags, { 'azd-env-name': environmentName })
var primary = regions[0]
var isPremiumDoor = frontDoor.?sku == 'Premium_AzureFrontDoor'
var hasPrivateOrigin = privateNetworking && isPremiumDoor
var registries = map(take(regions, registryCount), r => {
  accountName: storageName('reg', environmentName, r.code, uniquifier)
  groupName: groupName(environmentName, r.code)
})

resource sharedGroup 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: groupName(environmentName, 'shared')
  location: primary.name
  tags: allTags
}

resource groups 'Microsoft.Resources/resourceGroups@2025-04-01' = [for r in regions: {
  name: groupName(environmentName, r.code)
  location: r.name
  tags: allTags
}]

module shared 'modules/shared.bicep' = {
  name: 'polyscore-shared'
  scope: sharedGroup
  params: {
    suffix: suffix
    location: primary.name
    tags: allTags
    environmentName: environmentName
    frontDoor: frontDoor
    operations: operations
  }
}

module registry 'modules/registry.bicep' = [for (r, i) in take(regions, registryCount): {
  name: 'polyscore-registry-${r.code}'
  scope: groups[i]
  params: {
    accountName: registries[i].accountName
    location: r.name
    tags: allTags
    zoneRedundant: registryZoneRedundant
    isPrivate: privateNetworking
  }
}]

module stamp 'modules/stamp.bicep' = [for (r, i) in regions: {
  name: 'polyscore-stamp-${r.code}'
  scope: groups[i]
  params: {
    facts: {
      name: environmentName
      uniquifier: uniquifier
      workspaceId: shared.outputs.workspaceId
      publishers: publishers
      tags: allTags
    }
    region: r
    registry: registries[i < registryCount ? i : 1]
    hosting: {
      plan: plan
      premiumSize: premiumSize
      flexMemory: flexMemory
      container: container
      scale: scale
      zoneRedundant: zoneRedundant
      isPrivate: privateNetworking
      hasPrivateOrigin: hasPrivateOrigin
      durableTaskScheduler: durableTaskScheduler
      frontDoorId: shared.outputs.door.id
      outerAuthentication: outerAuthentication
      applicationSettings: applicationSettings
    }
  }
  dependsOn: [registry]
}]

// replicas refuse writes, so models are published in the primary only
module publishing 'modules/access.bicep' = {
  name: 'polyscore-publishing'
  scope: groups[0]
  params: {
    publishers: publishers
    writableRegistry: registries[0].accountName
  }
  dependsOn: [registry]
}

@batchSize(1)
module replication 'modules/replication.bicep' = [for (r, i) in skip(take(regions, registryCount), 1): {
  name: 'polyscore-replication-${r.code}'
  scope: groups[i + 1]
  params: {
    sourceName: registries[0].accountName
    sourceGroup: registries[0].groupName
    destinationName: registries[i + 1].accountName
  }
  dependsOn: [registry]
}]

module origins 'modules/front-door-origins.bicep' = if (frontDoor != null) {
  name: 'polyscore-origins'
  scope: sharedGroup
  params: {
    profileName: shared.outputs.door.profileName
    endpointName: shared.outputs.door.endpointName
    customDomainId: shared.outputs.door.domainId
    probeIntervalSeconds: frontDoor!.probeIntervalSeconds
    privateLinkGroup: !hasPrivateOrigin ? '' : plan == 'containerapp-gpu' ? 'managedEnvironments' : 'sites'
    origins: [for (r, i) in regions: {
      name: r.code
      hostName: stamp[i].outputs.summary.host
      location: r.name
      priority: r.priority
      weight: r.weight
      targetId: stamp[i].outputs.summary.targetId
    }]
  }
}

module budget 'modules/budget.bicep' = if (operations.?budget != null && !empty(operations.?alertEmail)) {
  name: 'polyscore-budget'
  params: {
    environmentName: environmentName
    amount: operations.budget!.amount
    startDate: operations.budget!.startDate
    email: operations.alertEmail!
  }
}

@description('Where callers go: the custom domain, Front Door, or the only app.')
output AZURE_ENDPOINT string = 'https://${frontDoor.?customDomain ?? (frontDoor != null ? shared.outputs.door.hostName : stamp[0].outputs.summary.host)}'

@description('Plan of the environment.')
output AZURE_PLAN string = plan

@description('One object a region: region, code, group, app, targetId, host, slot, dataAccount, registryAccount, topic.')
output AZURE_STAMPS array = [for (r, i) in regions: stamp[i].outputs.summary]

@description('Blob service that models are published to.')
output AZURE_REGISTRY_URI string = 'https://${registries[0].accountName}.blob.${environment().suffixes.storage}'

@description('Whether Front Door stands in front, so that the apps refuse everybody else: true or false.')
output AZURE_FRONT_DOOR string = frontDoor != null ? 'true' : 'false'

@description('Whether the origins wait for the approval of Front Door’s private links: true or false.')
output AZURE_PRIVATE_ORIGINS string = hasPrivateOrigin ? 'true' : 'false'

@description('Value of the TXT record _dnsauth.<custom domain>; empty without one.')
output AZURE_DOMAIN_TOKEN string = shared.outputs.door.validationToken
