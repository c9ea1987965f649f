/** An alarm that fires reaches somebody: linters see neither dropped messages nor metrics that do not exist. */
import { readFileSync } from 'node:fs'
import {
  listOf,
  propertiesOf,
  resourcesOf,
  same,
  statementsOf,
  unmet,
  type Check,
  type Found,
} from './check.ts'

/** Dimensions under which AWS counts what the alarms watch. Source: the metrics page of each service's guide. */
const dimensions: Readonly<Record<string, readonly string[]>> = {
  'AWS/ApiGateway 5xx': ['ApiId'],
  'AWS/ApiGateway Latency': ['ApiId'],
  'AWS/ApplicationELB HTTPCode_ELB_5XX_Count': ['LoadBalancer'],
  'AWS/ApplicationELB HTTPCode_Target_5XX_Count': ['LoadBalancer', 'TargetGroup'],
  'AWS/ApplicationELB HealthyHostCount': ['LoadBalancer', 'TargetGroup'],
  'AWS/ApplicationELB TargetResponseTime': ['LoadBalancer'],
  'AWS/ApplicationELB UnHealthyHostCount': ['LoadBalancer', 'TargetGroup'],
  'AWS/DynamoDB UserErrors': [],
  'AWS/ECS CPUUtilization': ['ClusterName', 'ServiceName'],
  'AWS/ECS MemoryUtilization': ['ClusterName', 'ServiceName'],
}
/** Counted by table and operation, so only a query over the operations finds them. */
const query = /FROM SCHEMA\("AWS\/DynamoDB", Operation, TableName\) WHERE TableName = /

function metricProblems({ name, properties }: Found): string[] {
  const { Namespace, MetricName, Dimensions = [], Metrics } = properties
  if (Metrics !== undefined) {
    const [{ Expression }] = Metrics
    return unmet({
      [`${name} watches a query that finds something`]: query.test(Expression['Fn::Sub'] ?? Expression),
    })
  }
  if (String(Namespace).startsWith('Freeda/')) return []
  const names = Dimensions.map((each: { Name: string }) => each.Name)
  const wanted = dimensions[`${Namespace} ${MetricName}`]
  return unmet({
    [`${name} watches a metric that AWS counts: ${Namespace} ${MetricName} by ${names.join(', ') || 'nothing'}`]:
      wanted !== undefined && same(names, wanted),
  })
}

export const alarmsReachSomebody: Check = (stacks) => {
  const alarms = resourcesOf(stacks, 'AWS::CloudWatch::Alarm')
  return alarms.flatMap((alarm) => {
    const { AlarmActions, OKActions, AlarmName, TreatMissingData } = alarm.properties
    return [
      ...metricProblems(alarm),
      ...unmet({
        [`${alarm.name} tells the topic`]: String(AlarmActions?.[0]).startsWith('arn:aws:sns:'),
        [`${alarm.name} tells when all is well again`]: same(AlarmActions, OKActions),
        [`${alarm.name} has a name that the topic lets in`]: /^my-app-[a-z-]+-/.test(AlarmName),
        [`${alarm.name} says what no data means`]: TreatMissingData !== undefined,
      }),
    ]
  })
}

/** What the runtime logs once, at level error, when work has failed for good; and where. */
const failedWork = {
  'is dead after': 'queues/attempt.ts',
  'the run failed': 'schedules/run-handler.ts',
  'the run took too long': 'schedules/run-handler.ts',
  'a run was interrupted': 'schedules/keep-schedule.ts',
}
const isLoggedIn = (file: string, words: string) =>
  readFileSync(new URL(`../../../packages/runtime/src/${file}`, import.meta.url), 'utf8').includes(words)

export const failedWorkIsTold: Check = (stacks) => {
  const { Threshold, Namespace, MetricName } = propertiesOf(stacks, 'ops', 'ErrorLineAlarm')
  const work = propertiesOf(stacks, 'ops', 'FailedWork')
  const lines = propertiesOf(stacks, 'ops', 'ErrorLines')
  const [counted] = work.MetricTransformations ?? []
  const [line] = lines.MetricTransformations ?? []
  const areWatched = [counted, line].every(
    (each) => each?.MetricNamespace === Namespace && each?.MetricName === MetricName,
  )
  return unmet({
    'one dead job or failed run raises the alarm':
      areWatched && Number(counted?.MetricValue) + Number(line?.MetricValue) > Number(Threshold),
    ...Object.fromEntries(
      Object.entries(failedWork).flatMap(([words, file]) => [
        [
          `"${words}" counts as failed work`,
          new RegExp(`\\$.msg = "\\*?${words}\\*?"`).test(work.FilterPattern),
        ],
        [`"${words}" is logged in ${file}`, isLoggedIn(file, words)],
      ]),
    ),
  })
}

export const keyLetsServicesIn: Check = (stacks) => {
  const statements = statementsOf(propertiesOf(stacks, 'foundation', 'Key').KeyPolicy)
  const topic = propertiesOf(stacks, 'foundation', 'Alerts')
  const allows = (principal: string, actions: readonly string[]) =>
    statements.some(
      ({ Effect, Principal, Action }) =>
        Effect === 'Allow' &&
        JSON.stringify(Principal).includes(principal) &&
        actions.every((action) => listOf(Action).includes(action)),
    )
  const use = statements.find(({ Sid }) => Sid === 'WhoMayUseWhatItEncrypts')
  return unmet({
    'the topic is encrypted with the key': same(topic.KmsMasterKeyId, { Ref: 'Key' }),
    'alarms may use the key': allows('cloudwatch.amazonaws.com', ['kms:Decrypt', 'kms:GenerateDataKey*']),
    'events may use the key': allows('events.amazonaws.com', ['kms:Decrypt', 'kms:GenerateDataKey*']),
    'logs may use the key': allows('logs.', ['kms:Decrypt', 'kms:GenerateDataKey*']),
    'whoever uses the key does so from this account and through a service':
      JSON.stringify(use?.Condition).includes('kms:CallerAccount') &&
      JSON.stringify(use?.Condition).includes('kms:ViaService'),
    'the key is changed every year': propertiesOf(stacks, 'foundation', 'Key').EnableKeyRotation === true,
  })
}

export const topicLetsServicesIn: Check = (stacks) => {
  const statements = statementsOf(propertiesOf(stacks, 'foundation', 'AlertsPolicy').PolicyDocument)
  const from = (principal: string) =>
    statements.some(
      ({ Effect, Principal, Condition }) =>
        Effect === 'Allow' &&
        JSON.stringify(Principal).includes(principal) &&
        JSON.stringify(Condition).includes('aws:SourceAccount'),
    )
  return unmet({
    'alarms of this account may publish': from('cloudwatch.amazonaws.com'),
    'events of this account may publish': from('events.amazonaws.com'),
  })
}

export const logsAreKeptAndEncrypted: Check = (stacks) =>
  resourcesOf(stacks, 'AWS::Logs::LogGroup').flatMap(({ template, name, properties }) =>
    unmet({
      [`${template}.${name} is deleted some day`]: properties.RetentionInDays !== undefined,
      [`${template}.${name} is encrypted with the key`]: properties.KmsKeyId !== undefined,
    }),
  )
