/** The service is set as the runtime is: ports, paths, and times that have to be above or below each other. */
import { readFileSync } from 'node:fs'
import { configSchema } from '../../../packages/runtime/src/config/config-schema.ts'
import { infrastructure } from '../template.ts'
import { has, propertiesOf, same, unmet, type Check, type Properties, type Stacks } from './check.ts'

/** What an app that says nothing else has in production. */
const { server } = configSchema('production').parse({ plugins: [] })

const container = (stacks: Stacks): Properties =>
  propertiesOf(stacks, 'ecs-fargate', 'TaskDefinition').ContainerDefinitions?.[0] ?? {}

export const variablesOf = (stacks: Stacks): ReadonlyMap<string, Properties> =>
  new Map(
    [...(container(stacks).Environment ?? []), ...(container(stacks).Secrets ?? [])].map(
      ({ Name, Value, ValueFrom }) => [Name, Value ?? ValueFrom],
    ),
  )

const attribute = (stacks: Stacks, resource: string, key: string): unknown => {
  const properties = propertiesOf(stacks, 'ecs-fargate', resource)
  const attributes = properties.LoadBalancerAttributes ?? properties.TargetGroupAttributes ?? []
  return attributes.find((each: Properties) => each.Key === key)?.Value
}

export const containerIsShutIn: Check = (stacks) => {
  const { User, ReadonlyRootFilesystem, LinuxParameters, Privileged, MountPoints } = container(stacks)
  return unmet({
    'the container runs as user 1000': User === '1000',
    'the root file system is read-only': ReadonlyRootFilesystem === true,
    'an init process reaps what the app spawns': LinuxParameters?.InitProcessEnabled === true,
    'no capability is left': same(LinuxParameters?.Capabilities, { Drop: ['ALL'] }),
    'the container has no privileges': Privileged === undefined,
    '/tmp is the one place to write to': same(
      MountPoints?.map((each: Properties) => each.ContainerPath),
      ['/tmp'],
    ),
  })
}

/** What the last stage of a Dockerfile declares as volumes. */
const volumesOf = (dockerfile: string): readonly string[] =>
  [...(dockerfile.split(/^FROM /m).at(-1) ?? '').matchAll(/^VOLUME (.*)$/gm)].flatMap(([, paths]) =>
    (paths ?? '').split(/[\s[\]",]+/).filter((path) => path !== ''),
  )

/**
 * Fargate gives a mounted folder to root alone, 0755, unless the image declares it as a volume.
 * Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
 */
export const mountsCanBeWrittenTo =
  (dockerfile = readFileSync(`${infrastructure}Dockerfile`, 'utf8')): Check =>
  (stacks) =>
    unmet(
      Object.fromEntries(
        (container(stacks).MountPoints ?? []).map(({ ContainerPath }: Properties) => [
          `the image declares ${ContainerPath} as a volume, so that user 1000 may write to it`,
          volumesOf(dockerfile).includes(ContainerPath),
        ]),
      ),
    )

export const containerGetsWhatTheRuntimeReads: Check = (stacks) => {
  const variables = variablesOf(stacks)
  return unmet({
    'NODE_ENV is production': variables.get('NODE_ENV') === 'production',
    'PORT is the port that the container opens':
      variables.get('PORT') === container(stacks).PortMappings?.[0]?.ContainerPort,
    'TABLE_NAME is the name of the table': String(variables.get('TABLE_NAME')).includes('table'),
    'the young generation of the heap is bounded':
      variables.get('NODE_OPTIONS') === '--max-semi-space-size=8',
    'AWS_REGION is the region of the stack': same(variables.get('AWS_REGION'), { Ref: 'AWS::Region' }),
    'the commit is known to the app': variables.get('GIT_SHA') !== undefined,
    'the app knows who calls behind the one proxy': variables.get('TRUST_PROXY') === 1,
    'the app reads the header that its ingress writes':
      variables.get('PROXY_HEADER') ===
      (has(stacks, 'ecs-fargate', 'LoadBalancer') ? 'x-forwarded-for' : 'forwarded'),
    'the whole secret comes as FREEDA_SECRETS, not one key of it':
      /secret:[^:]+$/.test(String(variables.get('FREEDA_SECRETS'))) ||
      typeof variables.get('FREEDA_SECRETS') === 'object',
  })
}

export const logsNeverBlockTheApp: Check = (stacks) => {
  const { LogDriver, Options } = container(stacks).LogConfiguration ?? {}
  return unmet({
    'logs go to CloudWatch': LogDriver === 'awslogs',
    'a slow CloudWatch does not make the app wait': Options?.mode === 'non-blocking',
  })
}

export const stopIsInOrder: Check = (stacks) => {
  const stopSeconds = Number(container(stacks).StopTimeout)
  const deregistration = Number(
    attribute(stacks, 'TargetGroup', 'deregistration_delay.timeout_seconds') ?? Number.NaN,
  )
  const idle = Number(attribute(stacks, 'LoadBalancer', 'idle_timeout.timeout_seconds') ?? Number.NaN)
  return unmet({
    'a task is killed only after its shutdown had its whole budget': stopSeconds * 1000 > server.shutdown,
    'Fargate allows that stop time-out': stopSeconds <= 120,
    ...(has(stacks, 'ecs-fargate', 'LoadBalancer') && {
      'the load balancer closes idle connections before the app does': idle * 1000 < server.keepAliveTimeout,
      'a request that is under way has its time when its task leaves':
        deregistration * 1000 >= server.handlerTimeout,
      'a task that leaves is not waited for longer than it takes to stop': deregistration <= stopSeconds,
    }),
  })
}

export const healthIsAskedWhereTheAppAnswers: Check = (stacks) => {
  const { Command, Interval, Timeout } = container(stacks).HealthCheck ?? {}
  const target = propertiesOf(stacks, 'ecs-fargate', 'TargetGroup')
  const service = propertiesOf(stacks, 'ecs-fargate', 'Service')
  const port = container(stacks).PortMappings?.[0]?.ContainerPort
  return unmet({
    'the container is asked whether it lives, without a shell': same(Command, [
      'CMD',
      'node',
      '/app/health.js',
    ]),
    'an answer has less time than there is between two questions': Number(Timeout) < Number(Interval),
    ...(has(stacks, 'ecs-fargate', 'TargetGroup') && {
      'the load balancer asks for readiness': target.HealthCheckPath === '/health/ready',
      'only 200 is ready': target.Matcher?.HttpCode === '200',
      'the load balancer sends to the port that the container opens':
        target.Port === port && service.LoadBalancers?.[0]?.ContainerPort === port,
      'a new task has a minute to become healthy': service.HealthCheckGracePeriodSeconds === 60,
      'red is seen before the app stops to serve':
        target.HealthCheckIntervalSeconds * target.UnhealthyThresholdCount <= 20,
      'requests go to all when most are red':
        attribute(
          stacks,
          'TargetGroup',
          'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage',
        ) === '50',
    }),
  })
}

export const deploymentsLoseNothing: Check = (stacks) => {
  const service = propertiesOf(stacks, 'ecs-fargate', 'Service')
  const { MinimumHealthyPercent, MaximumPercent, DeploymentCircuitBreaker, Alarms } =
    service.DeploymentConfiguration ?? {}
  const alarm = Alarms?.AlarmNames?.[0]?.Ref
  return unmet({
    'scaling alone says how many tasks there are': service.DesiredCount === undefined,
    'there are never fewer tasks than before': MinimumHealthyPercent === 100 && MaximumPercent === 200,
    'a deployment whose tasks do not start is taken back': same(DeploymentCircuitBreaker, {
      Enable: true,
      Rollback: true,
    }),
    'a deployment that answers with errors is taken back':
      Alarms?.Enable === true && Alarms?.Rollback === true && has(stacks, 'ecs-fargate', alarm),
    'the image is named by digest': /@sha256:[0-9a-f]{64}$/.test(String(container(stacks).Image)),
  })
}

export const loadBalancerIsStrict: Check = (stacks) => {
  if (!has(stacks, 'ecs-fargate', 'LoadBalancer')) return []
  const https = propertiesOf(stacks, 'ecs-fargate', 'HttpsListener')
  const http = propertiesOf(stacks, 'ecs-fargate', 'HttpListener')
  return unmet({
    'headers that are not valid are dropped':
      attribute(stacks, 'LoadBalancer', 'routing.http.drop_invalid_header_fields.enabled') === 'true',
    'requests that can be read in two ways are refused':
      attribute(stacks, 'LoadBalancer', 'routing.http.desync_mitigation_mode') === 'strictest',
    'TLS is 1.2 or later': /TLS13-1-[23]/.test(String(https.SslPolicy)),
    'port 80 only sends on to 443': http.DefaultActions?.[0]?.Type === 'redirect',
  })
}

export const tasksAreReachedByNobodyElse: Check = (stacks) => {
  const port = container(stacks).PortMappings?.[0]?.ContainerPort
  const tasks = propertiesOf(stacks, 'ecs-fargate', 'TaskSecurityGroup')
  const into = propertiesOf(stacks, 'ecs-fargate', 'TasksFromIngress')
  const outOf = propertiesOf(stacks, 'ecs-fargate', 'IngressToTasks')
  return unmet({
    'tasks let in the load balancer or API, on their port':
      into.FromPort === port &&
      into.ToPort === port &&
      same(into.SourceSecurityGroupId, { 'Fn::GetAtt': ['IngressSecurityGroup', 'GroupId'] }),
    'tasks let in nobody else': tasks.SecurityGroupIngress === undefined,
    'the load balancer or API reaches tasks on their port': outOf.FromPort === port && outOf.ToPort === port,
    'tasks go out by HTTPS only':
      tasks.SecurityGroupEgress?.length === 1 && tasks.SecurityGroupEgress[0].FromPort === 443,
  })
}

/** @param bounds of the parameter file. */
export const scalesWithin = (bounds: { readonly min: number; readonly max: number }): Check => {
  return (stacks) => {
    const target = propertiesOf(stacks, 'ecs-fargate', 'ScalableTarget')
    return unmet({
      [`there are ${bounds.min} to ${bounds.max} tasks`]:
        target.MinCapacity === bounds.min && target.MaxCapacity === bounds.max,
      'scaling looks at CPU': has(stacks, 'ecs-fargate', 'ScaleOnCpu'),
      'scaling looks at requests, where a load balancer counts them':
        has(stacks, 'ecs-fargate', 'ScaleOnRequests') === has(stacks, 'ecs-fargate', 'LoadBalancer'),
    })
  }
}

/** One task that is not, and three in four of the others; or none, or all. With two tasks, mixed is half. */
export const spotIs = (mode: 'off' | 'mixed' | 'all'): Check => {
  const onDemand = { CapacityProvider: 'FARGATE', Base: 1, Weight: 1 }
  const spot = { CapacityProvider: 'FARGATE_SPOT', Weight: 3 }
  const wanted = { off: [onDemand], mixed: [onDemand, spot], all: [spot] }[mode]
  return (stacks) =>
    unmet({
      [`Spot is ${mode}`]: same(
        propertiesOf(stacks, 'ecs-fargate', 'Service').CapacityProviderStrategy,
        wanted,
      ),
    })
}
