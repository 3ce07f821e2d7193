metadata description = 'A host name of your own, with a certificate that Front Door renews.'

@description('Front Door profile.')
param profileName string

@description('Host name, such as scoring.contoso.com.')
param hostName string

resource profile 'Microsoft.Cdn/profiles@2025-06-01' existing = {
  name: profileName
}

resource domain 'Microsoft.Cdn/profiles/customDomains@2025-06-01' = {
  parent: profile
  name: replace(hostName, '.', '-')
  properties: {
    hostName: hostName
    tlsSettings: {
      certificateType: 'ManagedCertificate'
      minimumTlsVersion: 'TLS12'
    }
  }
}

@description('Resource id of the domain.')
output id string = domain.id

@description('Value of the TXT record _dnsauth.<host name>, which proves that the domain is yours.')
output validationToken string = domain.properties.validationProperties.validationToken
