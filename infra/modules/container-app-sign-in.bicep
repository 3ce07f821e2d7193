metadata description = 'Easy Auth of a container app.'

import { entraSettings } from '../types.bicep'

@description('App.')
param appName string

@description('Tenant, client and audiences.')
param outerAuthentication entraSettings

resource app 'Microsoft.App/containerApps@2025-07-01' existing = {
  name: appName
}

// checked against the full Azure/bicep-types-az; the offline pack of types leaves authConfigs out
#disable-next-line BCP081
resource easyAuth 'Microsoft.App/containerApps/authConfigs@2025-07-01' = {
  parent: app
  name: 'current'
  properties: {
    platform: {
      enabled: true
    }
    globalValidation: {
      unauthenticatedClientAction: 'Return401'
      excludedPaths: ['/v2/health/live', '/v2/health/ready']
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: outerAuthentication.clientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${outerAuthentication.tenantId}/v2.0'
        }
        validation: {
          allowedAudiences: outerAuthentication.allowedAudiences
        }
      }
    }
  }
}
