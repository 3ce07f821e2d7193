metadata description = 'Origins, probes and the route: callers go to the nearest region that answers its health probe.'

@description('One app behind Front Door.')
type origin = {
  @description('Name among the origins.')
  name: string

  @description('Host name of the app.')
  hostName: string

  @description('Azure region, which the private endpoint is made in.')
  location: string
  priority: int
  weight: int

  @description('What the private link leads to.')
  targetId: string
}

@description('Front Door profile.')
param profileName string

@description('Its endpoint.')
param endpointName string

@description('Apps, one a region.')
param origins origin[]

@description('Sub-resource of private links; empty for origins on the public network. Each link waits for approval.')
param privateLinkGroup '' | 'sites' | 'managedEnvironments'

@description('Resource id of the custom domain; empty for none.')
param customDomainId string

@description('Seconds between the probes of each edge site.')
param probeIntervalSeconds int

resource profile 'Microsoft.Cdn/profiles@2025-06-01' existing = {
  name: profileName

  resource endpoint 'afdEndpoints' existing = {
    name: endpointName
  }
}

resource group 'Microsoft.Cdn/profiles/originGroups@2025-06-01' = {
  parent: profile
  name: 'scoring'
  properties: {
    sessionAffinityState: 'Disabled'
    trafficRestorationTimeToHealedOrNewEndpointsInMinutes: 5
    loadBalancingSettings: {
      sampleSize: 4
      successfulSamplesRequired: 3
      additionalLatencyInMilliseconds: 50
    }
    // with one origin there is nothing to choose, and hundreds of edge sites would probe for nothing
    healthProbeSettings: length(origins) == 1 ? null : {
      probePath: '/v2/health/ready'
      probeProtocol: 'Https'
      probeRequestType: 'GET'
      probeIntervalInSeconds: probeIntervalSeconds
    }
  }

  resource member 'origins' = [for o in origins: {
    name: o.name
    properties: {
      hostName: o.hostName
      originHostHeader: o.hostName
      httpPort: 80
      httpsPort: 443
      priority: o.priority
      weight: o.weight
      enabledState: 'Enabled'
      enforceCertificateNameCheck: true
      sharedPrivateLinkResource: empty(privateLinkGroup) ? null : {
        groupId: privateLinkGroup
        privateLink: {
          id: o.targetId
        }
        privateLinkLocation: o.location
        requestMessage: 'Polyscore Front Door'
      }
    }
  }]
}

resource route 'Microsoft.Cdn/profiles/afdEndpoints/routes@2025-06-01' = {
  parent: profile::endpoint
  name: 'all'
  properties: {
    originGroup: {
      id: group.id
    }
    customDomains: empty(customDomainId) ? [] : [{ id: customDomainId }]
    patternsToMatch: ['/*']
    supportedProtocols: ['Http', 'Https']
    httpsRedirect: 'Enabled'
    forwardingProtocol: 'HttpsOnly'
    linkToDefaultDomain: 'Enabled'
    enabledState: 'Enabled'
  }
  // a route to a group without origins is refused
  dependsOn: [group::member]
}
