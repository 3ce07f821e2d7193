metadata description = 'Uploads to inbox/ become messages of a queue, delivered with an identity: no key, and nothing is lost while the app is down.'

import { tags as tagsType } from '../types.bicep'
import { inboxQueue } from '../names.bicep'

@description('Tail of the names.')
param suffix string

@description('Azure region.')
param location string

@description('Resource tags.')
param tags tagsType

@description('Account that holds the inbox, the queue and the dead letters.')
param dataAccount string

@description('Identity that writes the queue; its roles must be assigned before.')
param identityId string

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: dataAccount
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: 'evgt-${suffix}'
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    source: account.id
    topicType: 'Microsoft.Storage.StorageAccounts'
  }

  resource uploads 'eventSubscriptions' = {
    name: 'inbox-to-queue'
    properties: {
      eventDeliverySchema: 'EventGridSchema'
      deliveryWithResourceIdentity: {
        identity: {
          type: 'UserAssigned'
          userAssignedIdentity: identityId
        }
        destination: {
          endpointType: 'StorageQueue'
          properties: {
            resourceId: account.id
            queueName: inboxQueue
            queueMessageTimeToLiveInSeconds: 604800
          }
        }
      }
      deadLetterWithResourceIdentity: {
        identity: {
          type: 'UserAssigned'
          userAssignedIdentity: identityId
        }
        deadLetterDestination: {
          endpointType: 'StorageBlob'
          properties: {
            resourceId: account.id
            blobContainerName: 'dead-letters'
          }
        }
      }
      filter: {
        includedEventTypes: ['Microsoft.Storage.BlobCreated']
        subjectBeginsWith: '/blobServices/default/containers/inbox/'
      }
      retryPolicy: {
        maxDeliveryAttempts: 30
        eventTimeToLiveInMinutes: 1440
      }
    }
  }
}

@description('System topic; the wiring hook adds the optional blob-trigger subscription to it.')
output topicName string = topic.name
