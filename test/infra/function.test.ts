/** What linters miss: whether the stacks fit the runtime, the storage driver, and each other. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checks } from './checks/all.ts'
import {
  nothingIsExported,
  parameterFileIsUnderstood,
  sharedParametersAgree,
  stacksReadWhatEarlierOnesWrote,
} from './checks/joins.ts'
import { has, resourcesOf } from './checks/check.ts'
import { scalesWithin, spotIs } from './checks/service.ts'
import { productionDataIsProtected } from './checks/table.ts'
import { refusals, type Values } from './evaluate.ts'
import { environments, flatTemplates, profiles } from './profiles.ts'
import { infrastructure, readTemplate, templateNames } from './template.ts'

const templates = new Map(templateNames.map((name) => [name, readTemplate(name)] as const))
const file = (environment: string) =>
  JSON.parse(readFileSync(`${infrastructure}parameters/${environment}.json`, 'utf8')) as Values

describe.each(Object.keys(profiles))('in %s', (profile) => {
  const stacks = flatTemplates(profile)
  it.each(Object.entries(checks))('%s', (_name, check) => {
    expect(check(stacks)).toEqual([])
  })
})

describe('the environments', () => {
  it.each([
    ['dev', 1, 2, 'all'],
    ['staging', 2, 4, 'mixed'],
    ['production', 2, 10, 'off'],
    ['low-cost', 2, 10, 'mixed'],
  ] as const)('%s has %i to %i tasks, with Spot %s', (environment, min, max, spot) => {
    const stacks = flatTemplates(environment)
    expect([...scalesWithin({ min, max })(stacks), ...spotIs(spot)(stacks)]).toEqual([])
  })

  it.each(['production', 'low-cost'])("%s keeps its data from a slip of somebody's hand", (environment) => {
    expect(productionDataIsProtected(flatTemplates(environment))).toEqual([])
  })

  it.each(environments)('%s says nothing that no template understands', (environment) => {
    expect(parameterFileIsUnderstood(templates, file(environment))).toEqual([])
  })

  it('a typing error in a parameter file is found', () => {
    const wrong = { SpotMod: 'off', SpotMode: 'sometimes', MinTasks: 0, AppName: 'My App' }
    expect(parameterFileIsUnderstood(templates, wrong)).toEqual([
      'SpotMod is no parameter of any template',
      'SpotMode may not be sometimes',
      'MinTasks may not be 0',
      ...templateNames.map(() => 'AppName may not be My App'),
    ])
  })
})

describe('between stacks', () => {
  it('each reads what an earlier one wrote', () => {
    expect(stacksReadWhatEarlierOnesWrote(templates)).toEqual([])
  })
  it('nothing is exported', () => {
    expect(nothingIsExported(templates)).toEqual([])
  })
  it('a parameter means the same everywhere', () => {
    expect(sharedParametersAgree(templates)).toEqual([])
  })
})

describe('the ways out and in', () => {
  it('only private tasks cost a NAT gateway, and one a zone when each zone has its own', () => {
    const gateways = (profile: string) => resourcesOf(flatTemplates(profile), 'AWS::EC2::NatGateway').length
    expect([gateways('production'), gateways('everything'), gateways('no way out')]).toEqual([0, 3, 0])
  })
  it('the table is reached without the internet, always', () => {
    for (const profile of Object.keys(profiles))
      expect(has(flatTemplates(profile), 'network', 'TableEndpoint'), profile).toBe(true)
  })
  it('tasks without a way out still get their image, log and secret', () => {
    const services = resourcesOf(flatTemplates('no way out'), 'AWS::EC2::VPCEndpoint').map(
      ({ properties }) => JSON.stringify(properties.ServiceName).match(/Region}\.([a-z.0-9]+)/)?.[1],
    )
    expect(services.toSorted()).toEqual(['dynamodb', 'ecr.api', 'ecr.dkr', 'logs', 's3', 'secretsmanager'])
  })
  it('an HTTP API needs no load balancer, and a load balancer no API', () => {
    expect(has(flatTemplates('low-cost'), 'ecs-fargate', 'LoadBalancer')).toBe(false)
    expect(has(flatTemplates('low-cost'), 'ecs-fargate', 'Api')).toBe(true)
    expect(has(flatTemplates('production'), 'ecs-fargate', 'Api')).toBe(false)
  })
})

describe('the service refuses', () => {
  const refused = (change: Values) =>
    refusals(readTemplate('ecs-fargate'), { ...profiles['production'], ...change })

  it('nothing that the environments say', () => {
    for (const profile of Object.keys(profiles))
      expect(refusals(readTemplate('ecs-fargate'), profiles[profile]!), profile).toEqual([])
  })
  it.each([
    ['production without TLS', { DomainName: '', HostedZoneId: '' }, 'without TLS'],
    ['all of production on Spot', { SpotMode: 'all' }, 'all Spot tasks back at once'],
    ['production with one task', { MinTasks: 1 }, 'MinTasks must be 2'],
    [
      'a name without zone and certificate',
      { HostedZoneId: '', AcceptPlainHttp: 'true' },
      'DomainName needs',
    ],
    ['a zone without a name', { DomainName: '' }, 'need the DomainName'],
    ['a firewall before an HTTP API', { Ingress: 'http-api', Waf: 'on' }, 'cannot have a WAF'],
    ['a size that Fargate does not have', { Cpu: 1024, Memory: 512 }, 'Memory 2048 to 8192'],
  ])('%s, and says why', (_what, change, why) => {
    expect(refused(change).join()).toContain(why)
  })
  it('none of that to who says that they mean it', () => {
    expect(refused({ SpotMode: 'all', AcceptAllSpot: 'true' })).toEqual([])
    expect(refused({ DomainName: '', HostedZoneId: '', AcceptPlainHttp: 'true' })).toEqual([])
  })
})
