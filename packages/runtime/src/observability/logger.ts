import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino'
import { pinoPretty } from './pretty.ts'
import { redactor } from './redaction.ts'

export interface LoggerSettings {
  readonly app: string
  readonly level: string
  /** For people; undefined: when stdout is a terminal and the app is not in production. */
  readonly pretty: boolean
  /** Paths of values to hide, beside {@link hiddenPaths}. */
  readonly redact: readonly string[]
  /** Values to hide wherever they occur. */
  readonly secrets: readonly string[]
  /** Default: stdout. */
  readonly destination?: DestinationStream | undefined
}

/** What nobody wants in a log, wherever a plugin logs a request or a user. */
const hiddenPaths = ['authorization', 'cookie', 'password', 'secret', 'token', 'apiKey'].flatMap((key) => [
  key,
  `*.${key}`,
  `headers["set-cookie"]`,
])

/** JSON lines with `time`, `level`, `app`, `msg`; secret values are cut out of the finished line. */
export async function createLogger(settings: LoggerSettings): Promise<Logger> {
  const redact = redactor(settings.secrets)
  const options: LoggerOptions = {
    level: settings.level,
    base: { app: settings.app },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: [...new Set([...hiddenPaths, ...settings.redact])], censor: '[redacted]' },
    hooks: { streamWrite: redact },
  }
  const destination = settings.destination ?? pino.destination({ fd: 1, sync: true })
  return pino(options, settings.pretty ? await pinoPretty(destination) : destination)
}
