metadata description = 'Alerts over the workspace, and whom they go to.'

import { tags as tagsType } from '../types.bicep'
import { alertRules } from '../alert-rules.bicep'

@description('Tail of the names.')
param suffix string

@description('Azure region.')
param location string

@description('Resource tags.')
param tags tagsType

@description('Workspace that is queried.')
param workspaceId string

@description('Address that alerts go to.')
param email string

@description('Slowest acceptable 99th percentile, ms.')
param latencyLimitMs int

@description('Front Door profile whose origins’ health is watched; empty for none.')
param frontDoorProfileId string

var rules = alertRules(latencyLimitMs)

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'polyscore'
    enabled: true
    emailReceivers: [
      {
        name: 'operators'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource alert 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for r in rules: {
  name: 'alert-${suffix}-${r.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'Polyscore ${r.name}'
    description: r.text
    enabled: true
    severity: r.severity
    evaluationFrequency: 'PT5M'
    windowSize: r.window
    scopes: [workspaceId]
    autoMitigate: true
    // the tables appear with the first telemetry
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: r.query
          timeAggregation: r.operator == 'LessThan' ? 'Minimum' : 'Maximum'
          metricMeasureColumn: 'value'
          operator: r.operator
          threshold: r.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: [operators.id]
    }
  }
}]

resource originHealth 'Microsoft.Insights/metricAlerts@2018-03-01' = if (!empty(frontDoorProfileId)) {
  name: 'alert-${suffix}-origin-health'
  location: 'global'
  tags: tags
  properties: {
    description: 'Front Door’s probes fail at an origin: callers are being sent to the other regions.'
    enabled: true
    severity: 1
    scopes: [frontDoorProfileId]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'origin-health'
          metricNamespace: 'Microsoft.Cdn/profiles'
          metricName: 'OriginHealthPercentage'
          dimensions: [{ name: 'Origin', operator: 'Include', values: ['*'] }]
          timeAggregation: 'Average'
          operator: 'LessThan'
          threshold: 90
        }
      ]
    }
    actions: [{ actionGroupId: operators.id }]
  }
}
