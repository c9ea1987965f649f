/** The log of commands that work on the store of an app: stdout belongs to their answer, and only trouble is worth a line. */
import type { Logger } from 'pino'
import { createLogger } from './observability/logger.ts'
import type { Plan } from './plugins/plan.ts'

export const storeLog = (plan: Plan): Promise<Logger> =>
  createLogger({
    app: plan.name,
    level: 'warn',
    pretty: process.stderr.isTTY === true,
    redact: plan.log.redact,
    secrets: plan.secrets,
    destination: { write: (line) => void process.stderr.write(line) },
  })
