metadata description = 'A monthly budget over all resource groups of the environment, and a mail before it is spent.'
targetScope = 'subscription'

@description('Name of the environment.')
param environmentName string

@description('Amount a month, in the currency of the subscription.')
param amount int

@description('First day of the month of the first deployment; Azure refuses to change it later.')
param startDate string

@description('Address that is told.')
param email string

// checked against the full Azure/bicep-types-az; the offline pack of types leaves budgets out
#disable-next-line BCP081
resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: 'polyscore-${environmentName}'
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: {
      startDate: startDate
    }
    filter: {
      tags: {
        name: 'azd-env-name'
        operator: 'In'
        values: [environmentName]
      }
    }
    notifications: {
      half: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 50
        thresholdType: 'Actual'
        contactEmails: [email]
      }
      nearly: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 90
        thresholdType: 'Actual'
        contactEmails: [email]
      }
      foreseen: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: [email]
      }
    }
  }
}
