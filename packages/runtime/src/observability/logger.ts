import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino'
import { censor, hideSecrets } from './hide-secrets.ts'
import { batchedOutput } from './output.ts'
import { pinoPretty } from './pretty.ts'
import { redactor } from './redaction.ts'

export interface LoggerSettings {
  readonly app: string
  readonly level: string
  /** For people; undefined: when stdout is a terminal and the app is not in production. */
  readonly pretty: boolean
  /** Paths of values to hide, beside what {@link hideSecrets} knows. */
  readonly redact: readonly string[]
  /** Values to hide wherever they occur. */
  readonly secrets: readonly string[]
  /** Default: stdout. */
  readonly destination?: DestinationStream | undefined
  /** Writes to stdout in batches. */
  readonly batched?: boolean
}

/** JSON lines with `time`, `level`, `app`, `msg`; secret values are cut out of the finished line. */
export async function createLogger(settings: LoggerSettings): Promise<Logger> {
  const options: LoggerOptions = {
    level: settings.level,
    base: { app: settings.app },
    timestamp: isoTime,
    formatters: { level: (label) => ({ level: label }), log: hideSecrets },
    serializers: { err: (error: Error) => hideSecrets(pino.stdSerializers.err(error)) },
    ...(settings.redact.length === 0 ? {} : { redact: { paths: [...settings.redact], censor } }),
    hooks: { streamWrite: redactor(settings.secrets) },
  }
  const destination = settings.destination ?? (settings.batched ? batchedOutput(1) : plainOutput())
  return hideInChildren(pino(options, settings.pretty ? await pinoPretty(destination) : destination))
}

/** What a child logger puts into each of its lines goes through none of pino's formatters. Children inherit `child`. */
function hideInChildren(log: Logger): Logger {
  const child = log.child as unknown as (this: Logger, bindings: object, options?: object) => Logger
  return Object.assign(log, {
    child(this: Logger, bindings: object, options?: object) {
      return child.call(this, hideSecrets(bindings), options)
    },
  })
}

const plainOutput = () => pino.destination({ fd: 1, sync: true })

let second = -1
let prefix = ''

/** As pino's own, which makes a Date for each line; most lines fall into the same second as the one before. */
function isoTime(): string {
  const now = Date.now()
  const current = Math.floor(now / 1000)
  if (current !== second) {
    second = current
    prefix = `,"time":"${new Date(current * 1000).toISOString().slice(0, -4)}`
  }
  const ms = now - current * 1000
  return `${prefix}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z"`
}
