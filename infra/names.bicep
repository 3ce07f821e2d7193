// Every name that is used in more than one place.

@export()
@description('Resource group of one region, or of what all regions share.')
func groupName(environmentName string, code string) string => 'rg-${environmentName}-${code}'

@export()
@description('Tail of resource names within a region.')
func suffix(environmentName string, code string, uniquifier string) string => '${environmentName}-${code}-${uniquifier}'

@export()
@description('Storage account name, at most 24 lower-case letters and digits: ps, kind (3), environment (8), region (4), six that make it unique.')
func storageName(kind string, environmentName string, code string, uniquifier string) string =>
  toLower('ps${kind}${take(replace(environmentName, '-', ''), 8)}${code}${uniquifier}')

@export()
@description('Containers of the data account.')
var dataContainers = [
  'candidates'
  'config'
  'inbox'
  'staging'
  'predictions'
  'ledger'
  'prediction-log'
  'dead-letters'
]

@export()
@description('Container of the production registry.')
var modelContainer = 'models'

@export()
@description('Container of flex deployment packages, in the runtime account.')
var packageContainer = 'packages'

@export()
@description('Queue that Event Grid fills with uploads to inbox/; the host moves what fails five times to the second.')
var inboxQueue = 'inbox-events'

@export()
@description('Where the Functions host puts messages of the inbox queue that failed five times.')
var inboxPoisonQueue = 'inbox-events-poison'

@export()
@description('Task hub of the app, as in host.json.')
var taskHub = 'polyscore'

@export()
@description('Task hub of the staging slot; it must not share the app’s.')
var slotTaskHub = 'polyscoreslot'
