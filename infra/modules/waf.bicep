metadata description = 'What Front Door refuses before the app sees it.'

import { frontDoorSettings, tags as tagsType } from '../types.bicep'

@description('Tail of the name.')
param suffix string

@description('Tier, mode and rate.')
param settings frontDoorSettings

@description('Resource tags.')
param tags tagsType

// managed rules are sold with Premium only; Standard keeps the rate limit
var managed = settings.sku == 'Premium_AzureFrontDoor' ? [
  { type: 'Microsoft_DefaultRuleSet', version: '2.1' }
  { type: 'Microsoft_BotManagerRuleSet', version: '1.1' }
] : []

resource policy 'Microsoft.Network/FrontDoorWebApplicationFirewallPolicies@2025-03-01' = {
  name: 'waf${replace(suffix, '-', '')}'
  location: 'Global'
  tags: tags
  sku: {
    name: settings.sku
  }
  properties: {
    policySettings: {
      enabledState: 'Enabled'
      mode: settings.wafMode
      requestBodyCheck: 'Enabled'
    }
    customRules: {
      rules: [
        {
          name: 'RateLimit'
          enabledState: 'Enabled'
          priority: 100
          ruleType: 'RateLimitRule'
          rateLimitDurationInMinutes: 1
          rateLimitThreshold: settings.requestsPerMinute
          action: 'Block'
          matchConditions: [
            {
              matchVariable: 'RequestUri'
              operator: 'Contains'
              matchValue: ['/']
            }
          ]
        }
      ]
    }
    managedRules: {
      managedRuleSets: [for m in managed: {
        ruleSetType: m.type
        ruleSetVersion: m.version
        ruleSetAction: 'Block'
      }]
    }
  }
}

@description('Resource id of the policy.')
output id string = policy.id
