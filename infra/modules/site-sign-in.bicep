metadata description = 'Who may sign in to a site on Microsoft.Web: nobody by password, and by choice only holders of an Entra token.'

import { entraSettings } from '../types.bicep'

@description('App.')
param appName string

@description('Easy Auth in front of the app’s own token check; absent for none.')
param outerAuthentication entraSettings?

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName
}

resource publishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = [for kind in ['ftp', 'scm']: {
  parent: app
  name: kind
  properties: {
    allow: false
  }
}]

resource easyAuth 'Microsoft.Web/sites/config@2025-03-01' = if (outerAuthentication != null) {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: true
    }
    globalValidation: {
      requireAuthentication: true
      unauthenticatedClientAction: 'Return401'
      // the probes of Front Door and of the platform carry no token
      excludedPaths: ['/v2/health/live', '/v2/health/ready']
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: outerAuthentication!.clientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${outerAuthentication!.tenantId}/v2.0'
        }
        validation: {
          allowedAudiences: outerAuthentication!.allowedAudiences
        }
      }
    }
    httpSettings: {
      requireHttps: true
    }
  }
}
