metadata description = 'The firewall in front of every host name of the profile.'

@description('Front Door profile.')
param profileName string

@description('Its endpoint.')
param endpointName string

@description('Firewall policy.')
param wafPolicyId string

@description('Resource id of the custom domain; empty for none.')
param customDomainId string

resource profile 'Microsoft.Cdn/profiles@2025-06-01' existing = {
  name: profileName

  resource endpoint 'afdEndpoints' existing = {
    name: endpointName
  }
}

resource security 'Microsoft.Cdn/profiles/securityPolicies@2025-06-01' = {
  parent: profile
  name: 'waf'
  properties: {
    parameters: {
      type: 'WebApplicationFirewall'
      wafPolicy: {
        id: wafPolicyId
      }
      associations: [
        {
          domains: concat([{ id: profile::endpoint.id }], empty(customDomainId) ? [] : [{ id: customDomainId }])
          patternsToMatch: ['/*']
        }
      ]
    }
  }
}
