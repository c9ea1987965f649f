/** An alarm that fires reaches somebody: linters see neither dropped messages nor metrics that do not exist. */
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
