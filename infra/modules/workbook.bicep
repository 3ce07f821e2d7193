metadata description = 'The workbook that an operator opens first.'

import { tags as tagsType } from '../types.bicep'

@description('Name of the environment, shown in the title.')
param environmentName string

@description('Azure region.')
param location string

@description('Resource tags.')
param tags tagsType

@description('Workspace that the workbook reads.')
param workspaceId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'polyscore-workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Polyscore ${environmentName}'
    category: 'workbook'
    sourceId: workspaceId
    serializedData: loadTextContent('../workbook/polyscore.workbook.json')
  }
}

@description('Resource id of the workbook.')
output id string = workbook.id
