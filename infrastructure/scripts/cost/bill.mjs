/** The monthly bill of an environment, line by line. Pure. */
import { hoursOfAMonth, prices } from './prices.mjs'

/** Of the templates, for what a parameter file leaves out. A test keeps both equal. */
export const defaults = {
  Mode: 'public',
  Zones: 2,
  Encryption: 'customer',
  Backup: 'on',
  BackupDays: 65,
  CpuArchitecture: 'ARM64',
  Cpu: 256,
  Memory: 512,
  MinTasks: 2,
  SpotMode: 'off',
  LogDays: 365,
  FlowLogDays: 365,
  ContainerInsights: 'disabled',
  Ingress: 'alb',
  HostedZoneId: '',
  Waf: 'off',
  Cache: 'off',
  CacheNodeType: 'cache.t4g.micro',
  CacheNodes: 2,
  Dashboard: 'on',
}

const bytesOfAGigabyte = 1e9
const million = 1e6

/**
 * @param {Record<string, string | number>} parameters of a parameter file
 * @param {typeof import('./traffic.mjs').assumed} traffic
 */
export function bill(parameters, traffic) {
  const settings = { ...defaults, ...parameters }
  const lines = [
    ...tasks(settings),
    ...ingress(settings, traffic),
    ...network(settings, traffic),
    ...table(settings, traffic),
    ...operations(settings, traffic),
    ...extras(settings, traffic),
  ].filter(({ monthly }) => monthly > 0)
  return { lines, total: lines.reduce((sum, { monthly }) => sum + monthly, 0) }
}

const line = (what, quantity, unit, price) => ({ what, quantity, unit, price, monthly: quantity * price })

/** With two tasks, `mixed` is one of each: one that is not Spot, and three in four of the others. */
function spotTasks({ SpotMode, MinTasks }) {
  const count = Number(MinTasks)
  if (SpotMode === 'all') return count
  return SpotMode === 'mixed' ? Math.round((count - 1) * 0.75) : 0
}

function tasks(settings) {
  const { CpuArchitecture, Cpu, Memory, MinTasks } = settings
  const { vcpuHour, gigabyteHour } = prices.fargate[CpuArchitecture]
  const spot = spotTasks(settings)
  const cost = (count, kind, share) => [
    line(
      `Fargate ${kind}, CPU (${CpuArchitecture})`,
      (count * hoursOfAMonth * Cpu) / 1024,
      'vCPU-hours',
      vcpuHour * share,
    ),
    line(
      `Fargate ${kind}, memory`,
      (count * hoursOfAMonth * Memory) / 1024,
      'GB-hours',
      gigabyteHour * share,
    ),
  ]
  return [...cost(MinTasks - spot, 'on demand', 1), ...cost(spot, 'Spot', prices.fargate.spotShareOfPrice)]
}

function ingress({ Ingress, Zones, HostedZoneId }, { requests, answerBytes }) {
  const zone = line('Route 53 zone of the domain', HostedZoneId === '' ? 0 : 1, 'zone', prices.zone)
  if (Ingress === 'http-api')
    return [
      line('HTTP API', requests / million, 'million requests', prices.httpApiMillionRequests),
      line('Cloud Map namespace', 1, 'zone', prices.zone),
      zone,
    ]
  const seconds = hoursOfAMonth * 3600
  // The dearest of what a capacity unit is measured by; each request a connection of its own is the worst case.
  const units = Math.max(requests / seconds / 25, (requests * answerBytes) / bytesOfAGigabyte / hoursOfAMonth)
  return [
    line('Load balancer', hoursOfAMonth, 'hours', prices.loadBalancer.hour),
    line('Load balancer, capacity', units * hoursOfAMonth, 'LCU-hours', prices.loadBalancer.capacityUnitHour),
    line('Public addresses of the load balancer', Zones * hoursOfAMonth, 'hours', prices.publicAddressHour),
    zone,
  ]
}

function network({ Mode, Zones, MinTasks }, { requests, answerBytes, serviceGigabytes }) {
  const gateways = { 'nat-single': 1, 'nat-ha': Number(Zones) }[Mode] ?? 0
  const endpoints = Mode === 'endpoints' ? 4 * Zones : 0
  return [
    line(
      'Public addresses of tasks',
      Mode === 'public' ? MinTasks * hoursOfAMonth : 0,
      'hours',
      prices.publicAddressHour,
    ),
    line('NAT gateways', gateways * hoursOfAMonth, 'hours', prices.natGateway.hour),
    line('NAT gateways, traffic', gateways > 0 ? serviceGigabytes : 0, 'GB', prices.natGateway.gigabyte),
    line('Public addresses of NAT gateways', gateways * hoursOfAMonth, 'hours', prices.publicAddressHour),
    line('Interface endpoints', endpoints * hoursOfAMonth, 'hours', prices.interfaceEndpoint.hour),
    line(
      'Interface endpoints, traffic',
      endpoints > 0 ? serviceGigabytes : 0,
      'GB',
      prices.interfaceEndpoint.gigabyte,
    ),
    line('Answers to the internet', (requests * answerBytes) / bytesOfAGigabyte, 'GB', prices.outGigabyte),
  ]
}

function table({ Backup, BackupDays }, { requests, ...traffic }) {
  const { dynamodb } = prices
  // One a month, each a whole copy.
  const copies = Backup === 'on' ? Math.ceil(BackupDays / 30.4) : 0
  return [
    line(
      'DynamoDB, reads',
      (requests * traffic.readUnitsPerRequest) / million,
      'million units',
      dynamodb.millionReadUnits,
    ),
    line(
      'DynamoDB, writes',
      (requests * traffic.writeUnitsPerRequest) / million,
      'million units',
      dynamodb.millionWriteUnits,
    ),
    line('DynamoDB, storage', traffic.tableGigabytes, 'GB', dynamodb.gigabyte),
    line('DynamoDB, point-in-time recovery', traffic.tableGigabytes, 'GB', dynamodb.recoveryGigabyte),
    line('AWS Backup copies', copies * traffic.tableGigabytes, 'GB', dynamodb.backupGigabyte),
  ]
}

/**
 * Alarms of the table, the service and ops, and the two that each scaling policy makes for itself. A test counts them in the
 * templates.
 */
export const alarms = { alb: 3 + 1 + 8 + 2 * 2, 'http-api': 3 + 1 + 5 + 2 }

/** What Container Insights counts for one cluster, one service and one kind of task. */
const insightMetrics = 29

function operations(settings, { requests, logBytes, flowLogGigabytes, imageGigabytes }) {
  const { Ingress, Dashboard, ContainerInsights, LogDays, FlowLogDays, Cache } = settings
  const { cloudwatch } = prices
  const appLogs = (requests * logBytes * (Ingress === 'http-api' ? 1.5 : 1)) / bytesOfAGigabyte
  const kept = (appLogs * LogDays + flowLogGigabytes * FlowLogDays) / 30.4
  return [
    line('Logs', appLogs + flowLogGigabytes, 'GB', cloudwatch.logGigabyte),
    line('Logs that are kept', kept, 'GB', cloudwatch.keptGigabyte),
    line('Alarms', alarms[Ingress], 'alarms', cloudwatch.alarm),
    line('Dashboard', Dashboard === 'on' ? 1 : 0, 'dashboard', cloudwatch.dashboard),
    line(
      'Metrics',
      1 + (ContainerInsights === 'disabled' ? 0 : insightMetrics),
      'metrics',
      cloudwatch.metric,
    ),
    line('Key', 1, 'key', prices.key),
    line('Key, use', 1, 'ten thousand requests', prices.keyTenThousandRequests),
    line('Secrets', Cache === 'off' ? 1 : 2, 'secrets', prices.secret),
    line('Images', imageGigabytes, 'GB', prices.imageGigabyte),
  ]
}

function extras({ Waf, Cache, CacheNodeType, CacheNodes }, { requests }) {
  const isOn = Waf === 'on' ? 1 : 0
  const nodeHour = Cache === 'off' ? 0 : prices.cacheNodeHour[Cache]?.[CacheNodeType]
  if (nodeHour === undefined)
    throw new Error(
      `No price is known for a ${Cache} node of ${CacheNodeType}. Add it to scripts/cost/prices.mjs.`,
    )
  return [
    line('Firewall', isOn, 'list', prices.firewall.list),
    line('Firewall, rules', isOn * 4, 'rules', prices.firewall.rule),
    line(
      'Firewall, requests',
      (isOn * requests) / million,
      'million requests',
      prices.firewall.millionRequests,
    ),
    line('Cache nodes', Cache === 'off' ? 0 : CacheNodes * hoursOfAMonth, 'hours', nodeHour),
  ]
}
