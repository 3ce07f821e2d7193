metadata description = 'The application settings that every plan shares. Each is read by the code or by the platform: test/infra holds the list.'

import { accountNames, settings as settingsType } from '../types.bicep'
import { size } from '../sizing.bicep'
import { taskHub } from '../names.bicep'

@description('Client id of the stamp’s identity.')
param clientId string

@description('Storage accounts of the stamp.')
param accounts accountNames

@description('Production registry, of this region or of the nearest that has one.')
param registryAccount string

@description('Region, told by discovery and in metrics.')
param region string

@description('What an instance can hold.')
param instance size

@description('Application Insights component of the stamp.')
param insightsName string

@description('Id that Front Door stamps on its requests; empty without one.')
param frontDoorId string

@description('Connection string of the Durable Task Scheduler up to its task hub; empty for the storage account.')
param schedulerConnection string

@description('Further settings of the environment, by name.')
param more settingsType

var storage = environment().suffixes.storage

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

var identitySettings = {
  AzureWebJobsStorage__accountName: accounts.runtime
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: clientId
  PolyscoreStorage__blobServiceUri: 'https://${accounts.data}.blob.${storage}'
  PolyscoreStorage__queueServiceUri: 'https://${accounts.data}.queue.${storage}'
  PolyscoreStorage__credential: 'managedidentity'
  PolyscoreStorage__clientId: clientId
  PolyscoreModels__blobServiceUri: 'https://${registryAccount}.blob.${storage}'
  PolyscoreModels__clientId: clientId
  // names the component and opens nothing: local authentication is off
  APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${clientId};Authorization=AAD'
}

var sizeSettings = {
  POLYSCORE_REGION: region
  POLYSCORE_WORKERS: string(instance.cores)
  POLYSCORE_SESSION_BUDGET_MIB: string(instance.sessionBudgetMiB)
  POLYSCORE_WORKER_SESSION_BUDGET_MIB: string(instance.workerBudgetMiB)
  AzureFunctionsJobHost__extensions__durableTask__maxConcurrentActivityFunctions: string(instance.cores)
}

var frontDoorSettings = empty(frontDoorId) ? {} : {
  POLYSCORE_FRONT_DOOR_ID: frontDoorId
}

// the durable extension takes its store from host.json; settings of this form override it, so one package fits all plans
var schedulerSettings = empty(schedulerConnection) ? {} : {
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged'
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
  AzureFunctionsJobHost__extensions__durableTask__hubName: taskHub
  DURABLE_TASK_SCHEDULER_CONNECTION_STRING: '${schedulerConnection};TaskHub=${taskHub}'
}

@description('Settings by name.')
output all settingsType = union(identitySettings, sizeSettings, frontDoorSettings, schedulerSettings, more)
