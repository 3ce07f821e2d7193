// The words that parameters, modules and parameter files share.

@export()
@description('How the functions are hosted, the same in every region.')
type planKind = 'premium' | 'flex' | 'containerapp-gpu'

@export()
@description('Size of an Elastic Premium instance: 1, 2 or 4 cores with 3.5, 7 or 14 GB.')
type premiumSize = 'EP1' | 'EP2' | 'EP3'

@export()
@description('Memory of a Flex Consumption instance in MiB.')
type flexMemory = 512 | 2048 | 4096

@export()
@description('Serverless GPU profile of a Container Apps environment: one T4, or one A100.')
type gpuProfile = 'Consumption-GPU-NC8as-T4' | 'Consumption-GPU-NC24-A100'

@export()
@description('Front Door tier. Managed WAF rules and private origins need Premium, which cannot be downgraded in place.')
type frontDoorSku = 'Standard_AzureFrontDoor' | 'Premium_AzureFrontDoor'

@export()
@description('One region. The first of the array is the primary: models are written there.')
type region = {
  @description('Azure region name, such as swedencentral.')
  name: string

  @description('Two to four lower-case letters or digits, unique among the regions; part of every resource name.')
  @minLength(2)
  @maxLength(4)
  code: string

  @description('Front Door origin priority: equal numbers are active-active, a higher number is a standby.')
  @minValue(1)
  @maxValue(5)
  priority: int

  @description('Share of traffic among origins of equal priority and similar latency.')
  @minValue(1)
  @maxValue(1000)
  weight: int

  @description('Address space of the region’s network, at least a /23 and unique among the regions, such as 10.10.0.0/16.')
  addressPrefix: string
}

@export()
@description('How far the app of one region scales.')
type scaleSettings = {
  @description('Instances that are always there, and always billed.')
  @minValue(0)
  @maxValue(20)
  minimumInstances: int

  @description('Instances at most: 20 to 100 on premium by region, 1000 on flex, 1000 on Container Apps.')
  @minValue(1)
  @maxValue(1000)
  maximumInstances: int

  @description('HTTP requests that one instance takes at once; flex only, default 16.')
  httpConcurrency: int?
}

@export()
@description('The image that containerapp-gpu runs.')
type containerSettings = {
  @description('Image with tag or digest, such as myregistry.azurecr.io/polyscore:1.4.0-cuda.')
  image: string

  @description('Resource id of the Azure container registry that holds it; absent for a public image.')
  registryId: string?

  @description('GPU profile; its quota must be granted to the subscription.')
  gpu: gpuProfile
}

@export()
@description('The global entry. Without it, callers reach the app of the first region directly.')
type frontDoorSettings = {
  @description('Tier.')
  sku: frontDoorSku

  @description('Detection only logs what the managed rules match; use it until real scoring bodies have been seen to pass.')
  wafMode: 'Prevention' | 'Detection'

  @description('Requests a minute from one client address before it is blocked.')
  @minValue(100)
  requestsPerMinute: int

  @description('Seconds between the probes of each of Front Door’s edge sites. They add up: they keep one flex instance busy.')
  @minValue(30)
  @maxValue(255)
  probeIntervalSeconds: int

  @description('Host name of your own, such as scoring.contoso.com; its DNS records are an output.')
  customDomain: string?
}

@export()
@description('Easy Auth as a second wall in front of the app’s own token check. One Entra application for all regions.')
type entraSettings = {
  @description('Tenant that signs the tokens.')
  tenantId: string

  @description('Client id of the application registration.')
  clientId: string

  @description('Accepted audiences, such as api://polyscore.')
  allowedAudiences: string[]
}

@export()
@description('A person, group or pipeline that may publish models and upload data.')
type principal = {
  @description('Object id in Entra, not the client id.')
  objectId: string

  @description('Kind of the principal; a wrong one makes the role assignment fail.')
  type: 'User' | 'Group' | 'ServicePrincipal'
}

@export()
@description('Who is told of trouble, and how long logs are kept.')
type operationsSettings = {
  @description('Address for alerts and the budget; absent for nobody.')
  alertEmail: string?

  @description('Days that logs stay in the workspace.')
  @minValue(30)
  @maxValue(730)
  logRetentionDays: int

  @description('Slowest acceptable 99th percentile of online scoring, ms.')
  latencyLimitMs: int

  @description('Monthly budget of all resources of the environment; absent for none.')
  budget: {
    @description('In the currency of the subscription.')
    @minValue(1)
    amount: int

    @description('First day of the month of the first deployment, such as 2026-03-01; Azure never accepts a later change.')
    startDate: string
  }?
}

@export()
@description('Everything that decides how a stamp is hosted.')
type hostingSettings = {
  plan: planKind
  premiumSize: premiumSize
  flexMemory: flexMemory
  container: containerSettings?
  scale: scaleSettings
  zoneRedundant: bool
  isPrivate: bool
  hasPrivateOrigin: bool
  durableTaskScheduler: bool
  frontDoorId: string
  outerAuthentication: entraSettings?
  applicationSettings: settings
}

@export()
@description('What all stamps of an environment share.')
type environmentFacts = {
  @description('Short name of the environment.')
  name: string

  @description('Six characters that make names unique.')
  uniquifier: string

  @description('Workspace of all logs.')
  workspaceId: string

  @description('People, groups and pipelines that upload data and endpoint documents.')
  publishers: principal[]
  tags: tags
}

@export()
@description('Where the app of a stamp stands, and who may reach it.')
type place = {
  @description('Tail of the resource names.')
  suffix: string
  location: string
  tags: tags

  @description('Resource id of the stamp’s identity.')
  identityId: string

  @description('Subnet the app goes out through; empty for none.')
  subnetId: string

  @description('Id of the only Front Door that may call; empty for anybody.')
  frontDoorId: string

  @description('Open to the public network. Closed, only the private endpoint of Front Door leads in.')
  isPublic: bool
}

@export()
@description('Storage accounts of a stamp by what they hold.')
type accountNames = {
  @description('The Functions host and the task hub.')
  runtime: string

  @description('Endpoints, inbox, predictions, ledger.')
  data: string

  @description('The same for the staging slot; premium only.')
  slotData: string

  @description('Content shares, with account keys; premium only.')
  content: string
}

@export()
@description('What a closed network offers to the resources of its stamp.')
type networkAccess = {
  appSubnetId: string
  endpointSubnetId: string

  @description('Private DNS zones of the storage services.')
  zoneIds: { blob: string, queue: string, table: string, file: string }
}

@export()
@description('Where production models are read from.')
type registryReference = {
  accountName: string
  groupName: string
}

@export()
@description('Application settings by name.')
type settings = { *: string }

@export()
@description('Resource tags.')
type tags = { *: string }
