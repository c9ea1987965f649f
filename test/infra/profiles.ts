/** The environments that the templates are checked for: those of `infrastructure/parameters`, and one with everything on. */
import { readFileSync } from 'node:fs'
import { flatten, type Values } from './evaluate.ts'
import { infrastructure, readTemplate, templateNames, type TemplateName } from './template.ts'

const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:123456789012:${rest}`

/** What one stack writes to SSM and another reads, and what deploy.sh adds. */
const atDeployment = {
  KeyArn: arn('kms', 'key/11111111-2222-3333-4444-555555555555'),
  SecretArn: arn('secretsmanager', 'secret:Secret-111111'),
  AlertsArn: arn('sns', 'my-app-production-foundation-Alerts'),
  RepositoryArn: arn('ecr', 'repository/my-app-production-registry-repository'),
  VpcId: 'vpc-11111111',
  PublicSubnets: ['subnet-11111111', 'subnet-22222222'],
  TaskSubnets: ['subnet-11111111', 'subnet-22222222'],
  TaskPublicAddress: 'ENABLED',
  TableName: 'my-app-production-table-Table',
  TableArn: arn('dynamodb', 'table/my-app-production-table-Table'),
  ClusterName: 'my-app-production-service-Cluster',
  ServiceName: 'my-app-production-service-Service',
  LogGroup: 'my-app-production-service-LogGroup',
  IngressName: 'app/my-app/1111111111111111',
  TargetsName: 'targetgroup/my-app/1111111111111111',
  ImageUri: `123456789012.dkr.ecr.us-east-1.amazonaws.com/my-app@sha256:${'0'.repeat(64)}`,
  GitSha: '0123456789ab',
  GitHubRepository: 'me/my-app',
}

/** Those of the parameter file ENV.json. */
export const parametersOf = (environment: string): Values => ({
  ...atDeployment,
  ...(JSON.parse(readFileSync(`${infrastructure}parameters/${environment}.json`, 'utf8')) as Values),
  EnvironmentName: environment,
})

export const environments = ['dev', 'staging', 'production', 'low-cost'] as const

/** A name and its zone are not in the parameter files: they are somebody's own. */
const domain = { DomainName: 'api.example.com', HostedZoneId: 'Z0123456789ABCDEFGHIJ' }

export const profiles: Readonly<Record<string, Values>> = {
  dev: parametersOf('dev'),
  staging: { ...parametersOf('staging'), ...domain },
  production: { ...parametersOf('production'), ...domain },
  'low-cost': parametersOf('low-cost'),
  everything: {
    ...parametersOf('production'),
    ...domain,
    Mode: 'nat-ha',
    TaskPublicAddress: 'DISABLED',
    Zones: 3,
    Waf: 'on',
    Cache: 'valkey',
    ContainerInsights: 'enabled',
    AccessLogsBucket: 'my-access-logs',
    AlertEmail: 'ops@example.com',
  },
  'no way out': {
    ...parametersOf('production'),
    ...domain,
    Mode: 'endpoints',
    TaskPublicAddress: 'DISABLED',
    Cache: 'redis',
  },
}

/** Each template as it is in a profile. */
export const flatTemplates = (profile: string) =>
  new Map(
    templateNames.map(
      (name: TemplateName) => [name, flatten(readTemplate(name), profiles[profile]!)] as const,
    ),
  )
