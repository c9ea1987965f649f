import { z } from 'zod'
import type { Mode } from '../plugin.ts'

/** Names that the runtime itself gives to members of an EMF document. */
const taken = ['_aws', 'Requests', 'Errors', 'Latency', 'EventLoopLag', 'InFlight']

/**
 * Limits of CloudWatch. Sources: AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * and AmazonCloudWatch/latest/APIReference/API_Dimension.html at https://docs.aws.amazon.com
 */
const emf = z.strictObject({
  namespace: z
    .string()
    .regex(
      /^(?!AWS\/)[0-9A-Za-z_/#.-][0-9A-Za-z_/#:.-]{0,254}$/,
      'expected 1 to 255 letters, digits and . - _ / # :',
    ),
  dimensions: z
    .record(
      z
        .string()
        .regex(/^(?!:)[!-~]{1,250}$/, 'expected 1 to 250 printable characters without spaces')
        .refine((name) => !taken.includes(name), 'is the name of a metric; choose another one'),
      z.string().regex(/^(?=.*\S)[ -~]{1,1024}$/, 'expected 1 to 1024 printable ASCII characters'),
    )
    .refine((dimensions) => Object.keys(dimensions).length <= 30, 'expected at most 30 dimensions')
    .optional(),
  intervalSeconds: z.number().int().min(1).max(3_600).default(60),
})

const needsGuard =
  "in production metrics need a `port` of their own, which nothing routes to from outside, or a `token: secret('METRICS_TOKEN')`, or `path: false` when only `emf` is wanted"

const object = (mode: Mode) =>
  z
    .strictObject({
      path: z
        .union([
          z.literal(false),
          z.string().regex(/^(\/[\w.~-]+)+$/, "expected a path such as '/metrics', or false"),
        ])
        .default('/metrics'),
      port: z.number().int().min(0).max(65535).optional(),
      host: z
        .string()
        .min(1)
        .default(mode === 'production' ? '0.0.0.0' : '127.0.0.1'),
      token: z
        .string()
        .regex(/^[!-~]{16,}$/, 'expected at least 16 printable characters without spaces')
        .optional(),
      emf: emf.optional(),
    })
    .refine((metrics) => mode !== 'production' || isGuarded(metrics), {
      path: ['token'],
      message: needsGuard,
    })

const isGuarded = (metrics: {
  path: string | false
  port?: number | undefined
  token?: string | undefined
}) => metrics.port !== undefined || metrics.token !== undefined || metrics.path === false

/** `true` is an endpoint with all defaults. */
export const metricsSchema = (mode: Mode) =>
  z.union([z.boolean(), object(mode)]).transform((metrics, context) => {
    if (metrics !== true) return metrics
    if (mode !== 'production') return object(mode).parse({})
    context.addIssue({ code: 'custom', message: needsGuard })
    return z.NEVER
  })

export type ParsedMetrics = Exclude<z.output<ReturnType<typeof metricsSchema>>, false>
