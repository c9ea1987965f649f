/** `@freeda/runtime`: what apps and plugins use. */
export { definePlugin, contractVersion } from './plugin.ts'
export type {
  AnyPlugin,
  Hook,
  Mode,
  PluginDefinition,
  PluginFactory,
  PluginSettings,
  PluginUse,
  SetupContext,
} from './plugin.ts'
export type { Logger } from 'pino'
export { optional, service } from './service.ts'
export type { OptionalService, Service } from './service.ts'
export { CurrentPrincipal } from './auth.ts'
export type {
  AuthRegistrar,
  AuthScheme,
  Credentials,
  Lock,
  Principal,
  RequestServices,
  Security,
} from './auth.ts'
export { env, secret } from './env.ts'
export type { Configurable, Env, EnvDescriptor, Secret } from './env.ts'
export { collection, DeclaredCollections, StorageDriver, StorageUse } from './storage.ts'
export type {
  CallOptions,
  Collection,
  CollectionDefinition,
  CollectionOf,
  CollectionOptions,
  ExportedDocument,
  IndexDefinition,
  Operation,
  Page,
  Query,
  Range,
  Storage,
  Stored,
  WriteOptions,
} from './storage.ts'
export type { DoctorContext, Finding, Severity } from './doctor.ts'
export { Health } from './health.ts'
export type {
  AppState,
  CheckResult,
  HealthCheck,
  HealthCheckOptions,
  HealthRegistrar,
  HealthViewContext,
  PluginState,
  Readiness,
} from './health.ts'
export type {
  Counter,
  EmfConfig,
  Gauge,
  Histogram,
  HistogramOptions,
  MetricOptions,
  MetricsConfig,
  MetricsRegistrar,
} from './metrics.ts'
export { httpProblem, isHttpProblem } from './http.ts'
export { redirect, reply } from './route.ts'
export type {
  RateLimit,
  RegisterRoute,
  Reply,
  ResponseSchemas,
  RouteHandler,
  RouteInput,
  RouteSpec,
} from './route.ts'
export type {
  CorsConfig,
  HttpProblem,
  HttpProblemOptions,
  PluginRouter,
  ReadOptions,
  RequestContext,
  RequestTools,
  ResponseCheck,
} from './http.ts'
export type {
  EventStream,
  EventStreamOptions,
  RegisterSocket,
  ServerEvent,
  Socket,
  SocketHandler,
  SocketInput,
  SocketSpec,
} from './realtime.ts'
export { Bus, BusTransport } from './bus.ts'
export type { BusChannel, BusReceiver, BusSubscribeOptions, BusSubscription } from './bus.ts'
export { Cache, CacheStore } from './cache.ts'
export type { CacheClaim, CacheEntryName, CacheEntryWrite, CacheTags, CacheWriteOptions } from './cache.ts'
export { queue } from './queue.ts'
export type {
  AddOptions,
  BackoffOptions,
  DeadJob,
  DeadPageOptions,
  Job,
  Queue,
  QueueDefinition,
  QueueOf,
  QueueOptions,
} from './queue.ts'
export { schedule, Schedules } from './schedule.ts'
export type {
  Schedule,
  ScheduleDefinition,
  ScheduledRun,
  ScheduleOptions,
  ScheduleOutcome,
  ScheduleRecord,
  ScheduleReport,
} from './schedule.ts'
export { RateLimitStore } from './rate-limit.ts'
export type { RateLimitUse } from './rate-limit.ts'
export { FreedaError, isFreedaError } from './errors.ts'
export type { ErrorCode, ErrorData, FieldError, Problem } from './errors.ts'
export { defineConfig } from './config/define-config.ts'
export type {
  CacheConfig,
  ConfigExport,
  ConfigTools,
  DocsConfig,
  FreedaConfig,
  LogConfig,
  OverloadConfig,
  PluginEntry,
  RateLimitConfig,
  ServerConfig,
} from './config/define-config.ts'
export type { Duration } from './config/duration.ts'
export type { Plan, PlannedNeed, PlannedPlugin } from './plugins/plan.ts'
export { start } from './start.ts'
export type { App, StartOptions } from './start.ts'
export type { OpenApp, ScriptContext } from './open-app.ts'
