// The rule that lets only our own Front Door reach a site on Microsoft.Web. Container Apps has no such rule:
// there, and everywhere as a second check, the app compares X-Azure-FDID itself.

@description('An access restriction of a site.')
type restriction = {
  name: string
  action: 'Allow' | 'Deny'
  priority: int
  tag: 'ServiceTag'
  ipAddress: string
  headers: { 'x-azure-fdid': string[] }
}

@export()
@description('The address range alone would admit everybody’s Front Door; the header names ours. Empty without a Front Door.')
func onlyFrontDoor(frontDoorId string) restriction[] => empty(frontDoorId) ? [] : [
  {
    name: 'front-door'
    action: 'Allow'
    priority: 100
    tag: 'ServiceTag'
    ipAddress: 'AzureFrontDoor.Backend'
    headers: { 'x-azure-fdid': [frontDoorId] }
  }
]
