/** The bill: the figures that are promised, and that no line of it is forgotten. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { describe, expect, it } from 'vitest'
import { resourcesOf } from './checks/check.ts'
import { environments, flatTemplates, profiles } from './profiles.ts'
import { infrastructure, readTemplate, templateNames } from './template.ts'

type Parameters = Readonly<Record<string, unknown>>

interface Bill {
  readonly lines: readonly { readonly what: string; readonly monthly: number }[]
  readonly total: number
}
interface Cost {
  bill(parameters: Parameters, traffic: unknown): Bill
  readonly defaults: Parameters
  readonly alarms: Readonly<Record<'alb' | 'http-api', number>>
}
/** Scripts are plain JavaScript, so that a project runs them as they are. */
const script = (name: string): Promise<unknown> => import(`${infrastructure}scripts/cost/${name}.mjs`)
const { bill, defaults, alarms } = (await script('bill')) as Cost
const { assumed } = (await script('traffic')) as { readonly assumed: Readonly<Record<string, number>> }

const parameters = (environment: string) =>
  JSON.parse(readFileSync(`${infrastructure}parameters/${environment}.json`, 'utf8')) as Parameters
const billOf = (environment: string, change: Parameters = {}) =>
  bill({ ...parameters(environment), ...change }, assumed)
const cost = (...arguments_: string[]) =>
  spawnSync(process.execPath, [`${infrastructure}scripts/cost.mjs`, ...arguments_], { encoding: 'utf8' })
/** Sum of the lines whose name begins so, in cents. */
const cents = (environment: string, what: string, change: Parameters = {}) =>
  Math.round(
    billOf(environment, change)
      .lines.filter((line) => line.what.startsWith(what))
      .reduce((sum, { monthly }) => sum + monthly * 100, 0),
  )

const lineOf = (environment: string, name: string) =>
  billOf(environment).lines.find(({ what }) => what === name)?.monthly

describe('the bill', () => {
  it('of production is at most $54.40, with the zone of its domain', () => {
    expect(billOf('production', { HostedZoneId: 'Z0123456789' }).total).toBeLessThanOrEqual(54.4)
  })
  it('of the low-cost profile is at most $25.40, with the zone of its domain', () => {
    expect(billOf('low-cost', { HostedZoneId: 'Z0123456789' }).total).toBeLessThanOrEqual(25.4)
  })
  it('adds up what two tasks and a load balancer cost by hand', () => {
    // 2 tasks × 730 h × (0.25 vCPU × 0.03238 + 0.5 GB × 0.00356)
    expect(cents('production', 'Fargate')).toBe(1442)
    expect(cents('production', 'Fargate', { CpuArchitecture: 'X86_64' })).toBe(1802)
    expect(cents('low-cost', 'Fargate')).toBe(Math.round(1442 * 0.5 * 1.32))
    // 730 h × 0.0225, and two addresses × 730 h × 0.005
    expect(lineOf('production', 'Load balancer')).toBeCloseTo(16.425)
    expect(cents('production', 'Public addresses of the load balancer')).toBe(730)
  })
  it('grows with requests and with tasks', () => {
    const more = JSON.parse(
      cost('production', '--json', '--requests', '10000000', '--tasks', '4').stdout,
    ) as {
      total: number
    }
    expect(more.total).toBeGreaterThan(billOf('production').total + 20)
  })
  it('knows what is not in the smallest: firewall, cache, NAT gateways, endpoints, Container Insights', () => {
    const everything = bill(profiles['everything']!, assumed)
    for (const what of ['Firewall', 'Cache nodes', 'NAT gateways'])
      expect(everything.lines.map((line) => line.what)).toContain(what)
    expect(cents('production', 'Interface endpoints', { Mode: 'endpoints' })).toBeGreaterThan(5000)
    expect(cents('production', 'Metrics', { ContainerInsights: 'enabled' })).toBe(900)
  })
})

/** What each kind of resource is paid as; nothing where it is free, or paid by what uses it. */
const paidAs: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::Api': 'HTTP API',
  'AWS::Backup::BackupPlan': 'AWS Backup copies',
  'AWS::CloudWatch::Alarm': 'Alarms',
  'AWS::CloudWatch::Dashboard': 'Dashboard',
  'AWS::DynamoDB::Table': 'DynamoDB, storage',
  'AWS::EC2::EIP': 'Public addresses of NAT gateways',
  'AWS::EC2::NatGateway': 'NAT gateways',
  'AWS::ECR::Repository': 'Images',
  'AWS::ECS::Service': 'Fargate on demand, CPU',
  'AWS::ElastiCache::ReplicationGroup': 'Cache nodes',
  'AWS::ElasticLoadBalancingV2::LoadBalancer': 'Load balancer',
  'AWS::KMS::Key': 'Key',
  'AWS::Logs::LogGroup': 'Logs',
  'AWS::Logs::MetricFilter': 'Metrics',
  'AWS::SecretsManager::Secret': 'Secrets',
  'AWS::ServiceDiscovery::PrivateDnsNamespace': 'Cloud Map namespace',
  'AWS::WAFv2::WebACL': 'Firewall',
}
const free =
  /^AWS::(ApiGatewayV2::(ApiMapping|DomainName|Integration|Route|Stage|VpcLink)|ApplicationAutoScaling|Backup::(BackupSelection|BackupVault)|CertificateManager|EC2::(FlowLog|InternetGateway|Route|RouteTable|SecurityGroup|SecurityGroupEgress|SecurityGroupIngress|Subnet|SubnetRouteTableAssociation|VPC|VPCEndpoint|VPCGatewayAttachment)|ECS::(Cluster|ClusterCapacityProviderAssociations|TaskDefinition)|ElastiCache::SubnetGroup|ElasticLoadBalancingV2::(Listener|TargetGroup)|Events::Rule|IAM|Route53::RecordSet|ServiceDiscovery::Service|SNS|SSM::Parameter|WAFv2::(LoggingConfiguration|WebACLAssociation))(::|$)/

describe('no line is forgotten', () => {
  it.each(Object.keys(profiles))(
    'everything that %s is made of is paid for, or known to be free',
    (profile) => {
      const lines = bill(profiles[profile]!, assumed).lines.map((line) => line.what)
      const types = [...flatTemplates(profile).values()].flatMap(({ Resources }) =>
        Object.values(Resources).map(({ Type }) => Type),
      )
      const forgotten = [...new Set(types)].filter((type) => {
        const what = paidAs[type]?.replace(
          'on demand',
          profiles[profile]!['SpotMode'] === 'all' ? 'Spot' : 'on demand',
        )
        return what === undefined ? !free.test(type) : !lines.some((line) => line.startsWith(what))
      })
      expect(forgotten).toEqual([])
    },
  )
  it.each(['production', 'low-cost'])(
    'the alarms of %s are counted, with those that scaling makes',
    (profile) => {
      const stacks = flatTemplates(profile)
      const own = resourcesOf(stacks, 'AWS::CloudWatch::Alarm').length
      const policies = resourcesOf(stacks, 'AWS::ApplicationAutoScaling::ScalingPolicy').length
      const ingress = profiles[profile]!['Ingress'] as keyof typeof alarms
      expect(alarms[ingress]).toBe(own + 2 * policies)
    },
  )
  it('what a parameter file leaves out is what the templates say', () => {
    const declared = Object.fromEntries(
      templateNames.flatMap((name) =>
        Object.entries(readTemplate(name).Parameters).map(([key, { Default }]) => [key, Default]),
      ),
    )
    for (const [name, value] of Object.entries(defaults)) expect(declared[name], name).toBe(value)
  })
})

describe('cost.mjs', () => {
  it('says what there is when it is asked for something else', () => {
    expect(cost('prod')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('dev, low-cost') as string,
    })
    expect(cost()).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('which environment') as string,
    })
    expect(cost('dev', '--requests', 'many').stderr).toContain('whole number')
  })
  it('prints a total', () => {
    expect(cost('production').stdout).toMatch(/total\s+5\d\.\d\d\n/)
  })
})

/** Its tables are made by cost.mjs; `UPDATE_DOCS=1 npm run test:infra` makes them anew. */
describe('docs/costs.md', () => {
  const file = new URL('../../docs/costs.md', import.meta.url)
  it.each(environments)('has the table of %s as it is computed', async (environment) => {
    const text = readFileSync(file, 'utf8')
    const table = cost(environment, '--markdown').stdout.trim()
    const block = new RegExp(`(<!-- cost: ${environment} -->\n).*?(\n<!-- end -->)`, 's')
    const options = { ...(await resolveConfig(file)), parser: 'markdown' }
    const updated = await format(
      text.replace(block, (_, begin, end) => `${begin}\n${table}\n${end}`),
      options,
    )
    if (process.env['UPDATE_DOCS'] !== undefined) writeFileSync(file, updated)
    expect(text).toMatch(block)
    expect(updated).toBe(process.env['UPDATE_DOCS'] === undefined ? text : updated)
  })
})
