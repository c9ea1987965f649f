import { z } from 'zod'
import type { Mode } from '../plugin.ts'
import { originProblem } from '../check-origin.ts'
import { docsSchema } from './docs-schema.ts'
import { durationMs } from './duration.ts'
import { metricsSchema } from './metrics-schema.ts'

const origin = z.string().superRefine((listed, context) => {
  const message = originProblem(listed)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

const cors = z
  .strictObject({
    origins: z.union([z.literal('*'), z.array(origin).min(1)]),
    methods: z.array(z.string()).optional(),
    headers: z.array(z.string()).optional(),
    exposedHeaders: z.array(z.string()).optional(),
    credentials: z.boolean().optional(),
    maxAgeSeconds: z.number().int().min(0).optional(),
  })
  .refine((value) => !(value.credentials === true && value.origins === '*'), {
    path: ['origins'],
    message: "'*' cannot be combined with credentials: browsers refuse it; list the origins",
  })

const rateLimit = z.strictObject({
  limit: z.number().int().min(1).max(1e6),
  windowSeconds: z.number().int().min(1).max(1e6),
  by: z.enum(['ip', 'principal']).default('ip'),
})

const overload = z.strictObject({
  maxInFlight: z.number().int().min(0).default(1_000),
  maxEventLoopLagMs: z.number().int().min(0).default(500),
})

const server = (mode: Mode) =>
  z
    .strictObject({
      port: z.number().int().min(0).max(65535).default(3000),
      host: z
        .string()
        .min(1)
        .default(mode === 'production' ? '0.0.0.0' : '127.0.0.1'),
      shutdown: durationMs.default(30_000),
      drain: durationMs.default(mode === 'production' ? 5_000 : 0),
      bodyLimit: z.number().int().min(0).default(1_048_576),
      handlerTimeout: durationMs.default(30_000),
      requestTimeout: durationMs.default(60_000),
      headersTimeout: durationMs.default(15_000),
      keepAliveTimeout: durationMs.default(65_000),
      maxUrlBytes: z.number().int().min(1).default(8_192),
      maxHeaderBytes: z.number().int().min(1_024).default(16_384),
      maxConnections: z.number().int().min(0).default(20_000),
      trustProxy: z.number().int().min(0).max(10).default(0),
      proxyHeader: z.enum(['x-forwarded-for', 'forwarded']).default('x-forwarded-for'),
      rateLimit: z.union([z.literal(false), rateLimit]).default(false),
      overload: z.union([z.literal(false), overload]).prefault({}),
      cors: z.union([z.literal(false), cors]).default(false),
      securityHeaders: z.boolean().default(true),
      responses: z
        .enum(['validate', 'filter', 'trust'])
        .default(mode === 'production' ? 'trust' : 'validate'),
    })
    .refine((value) => value.drain < value.shutdown || value.shutdown === 0, {
      path: ['drain'],
      message: 'expected less than `shutdown`, which it is a part of',
    })

/** Of pino, from all to none. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

const log = (mode: Mode) =>
  z.strictObject({
    level: z.enum(logLevels).default(mode === 'test' ? 'silent' : 'info'),
    pretty: z.boolean().optional(),
    redact: z.array(z.string()).default([]),
  })

const cache = z.strictObject({
  maxBytes: z.number().int().min(0).default(33_554_432),
  maxValueBytes: z.number().int().min(0).default(1_048_576),
})

/** Everything of a config but its plugins, with the defaults of `mode`. */
export const configSchema = (mode: Mode) =>
  z
    .strictObject({
      name: z.string().min(1).optional(),
      version: z.string().min(1).optional(),
      server: server(mode).prefault({}),
      log: log(mode).prefault({}),
      metrics: metricsSchema(mode).default(false),
      cache: cache.prefault({}),
      docs: docsSchema(mode),
      setupTimeout: durationMs.default(30_000),
      plugins: z.array(z.unknown()).default([]),
    })
    .refine(({ server, metrics }) => metrics === false || server.port === 0 || metrics.port !== server.port, {
      path: ['metrics', 'port'],
      message: 'is the port of the app itself; choose another one, or leave it out',
    })

export type ParsedConfig = z.output<ReturnType<typeof configSchema>>
