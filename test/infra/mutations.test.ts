/** Planted mistakes: each is one that somebody could make, and some test here must see it. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checks } from './checks/all.ts'
import type { Stacks } from './checks/check.ts'
import { mountsCanBeWrittenTo } from './checks/service.ts'
import { flatten } from './evaluate.ts'
import { policyFindings } from './findings.ts'
import { flatTemplates, profiles } from './profiles.ts'
import { infrastructure, parseTemplate, templateFile, type TemplateName } from './template.ts'
import { isWaived, readWaivers } from './waivers.ts'

const profile = 'production'

/** Production with `from` replaced by `to` in one template. */
function mutated(name: TemplateName, from: string, to: string): Stacks {
  const text = readFileSync(templateFile(name), 'utf8')
  expect(text, 'the text to change is there').toContain(from)
  const template = flatten(parseTemplate(text.replace(from, to)), profiles[profile]!)
  return new Map([...flatTemplates(profile), [name, template]])
}

const problems = (stacks: Stacks) => Object.values(checks).flatMap((check) => check(stacks))

describe('a planted mistake is seen by the checks', () => {
  it.each([
    ['an index is missing', 'dynamodb-table', '- IndexName: gsi5\n', '- IndexName: gsi6\n'],
    [
      'a key has another name',
      'dynamodb-table',
      'AttributeName: gsi3sk, KeyType',
      'AttributeName: sk, KeyType',
    ],
    [
      'time to live is on another attribute',
      'dynamodb-table',
      'AttributeName: ttl,',
      'AttributeName: expires,',
    ],
    ['an alarm watches a metric that is not there', 'dynamodb-table', 'Operation, TableName)', 'TableName)'],
    ['an alarm watches half of the dimensions', 'ops', 'ClusterName, Value', 'Cluster, Value'],
    ['one dead job is not told', 'ops', 'MetricValue: !Ref ErrorLinesPer5Minutes', "MetricValue: '1'"],
    ['a run that fails is not told', 'ops', '"the run failed"', '"the run"'],
    ['the key shuts alarms out', 'foundation', '[cloudwatch.amazonaws.com, events', '[events'],
    [
      'the topic shuts alarms out',
      'foundation',
      'Service: cloudwatch.amazonaws.com',
      'Service: sns.amazonaws.com',
    ],
    [
      'tasks are killed while they stop',
      'ecs-fargate',
      'StopTimeout: !Ref StopTimeoutSeconds',
      'StopTimeout: 30',
    ],
    ['the app closes connections first', 'ecs-fargate', "seconds, Value: '60'", "seconds, Value: '65'"],
    [
      'leaving takes longer than stopping',
      'ecs-fargate',
      "timeout_seconds, Value: '30'",
      "timeout_seconds, Value: '300'",
    ],
    ['liveness decides about traffic', 'ecs-fargate', 'Path: /health/ready', 'Path: /health/live'],
    [
      'another port is asked',
      'ecs-fargate',
      'Protocol: HTTP\n      Port: !Ref ContainerPort',
      'Protocol: HTTP\n      Port: 80',
    ],
    [
      'the health check needs a shell',
      'ecs-fargate',
      '[CMD, node, /app/health.js]',
      '[CMD-SHELL, node /app/health.js]',
    ],
    [
      'a deployment resets scaling',
      'ecs-fargate',
      'PlatformVersion: LATEST',
      'PlatformVersion: LATEST\n      DesiredCount: 2',
    ],
    [
      'an old task goes before a new one is there',
      'ecs-fargate',
      'MinimumHealthyPercent: 100',
      'MinimumHealthyPercent: 50',
    ],
    [
      'no deployment is taken back',
      'ecs-fargate',
      'Enable: true, Rollback: true }',
      'Enable: true, Rollback: false }',
    ],
    ['the app may change the table', 'ecs-fargate', '- dynamodb:UpdateItem', '- dynamodb:UpdateTable'],
    [
      'anybody may take a role',
      'ecs-fargate',
      'StringEquals: { aws:SourceAccount: !Ref AWS::AccountId }',
      'Null: { aws:userid: false }',
    ],
    [
      'a place to write to that the image does not declare',
      'ecs-fargate',
      'ContainerPath: /tmp',
      'ContainerPath: /var/tmp',
    ],
    ['any branch may deploy', 'ci', ':environment:${EnvironmentName}', ':*'],
    ['a slow log stops the app', 'ecs-fargate', 'mode: non-blocking', 'mode: blocking'],
    // AwsSolutions, NIST and Guard do not see this one: another attribute that says true satisfies them.
    [
      'headers that are passed on whatever they hold',
      'ecs-fargate',
      "fields.enabled, Value: 'true'",
      "fields.enabled, Value: 'false'",
    ],
    ['the data goes with its stack', 'dynamodb-table', 'RetainExceptOnCreate', 'Delete'],
  ] as const)('%s', (_what, template, from, to) => {
    expect(problems(mutated(template, from, to))).not.toEqual([])
  })
})

it('an image that declares no volume is seen', () => {
  const undeclared = readFileSync(`${infrastructure}Dockerfile`, 'utf8').replace(/^VOLUME .*$/m, '')
  expect(mountsCanBeWrittenTo(undeclared)(flatTemplates(profile))).toHaveLength(1)
})

describe('a planted mistake is seen by the policy packs', () => {
  it.each([
    [
      'a table that cannot be restored',
      'dynamodb-table',
      'PointInTimeRecoveryEnabled: true',
      'PointInTimeRecoveryEnabled: false',
    ],
    ['images that change under their tag', 'registry', 'Mutability: IMMUTABLE', 'Mutability: MUTABLE'],
    ['a key that is never changed', 'foundation', 'EnableKeyRotation: true', 'EnableKeyRotation: false'],
    [
      'a file system that can be written to',
      'ecs-fargate',
      'ReadonlyRootFilesystem: true',
      'ReadonlyRootFilesystem: false',
    ],
    ['a topic that is not encrypted', 'foundation', '      KmsMasterKeyId: !Ref Key\n', ''],
    ['a network without records', 'network', 'AWS::EC2::FlowLog', 'AWS::EC2::DHCPOptions'],
    ['logs that are not encrypted', 'network', '      KmsKeyId: !Ref KeyArn\n', ''],
  ] as const)('%s', { timeout: 120_000 }, (_what, template, from, to) => {
    const one = mutated(template, from, to).get(template)!
    const unwaived = policyFindings(new Map([[template, one]])).filter(
      (finding) => !readWaivers().some((waiver) => isWaived(waiver, profile, finding)),
    )
    expect(unwaived).not.toEqual([])
  })
})
