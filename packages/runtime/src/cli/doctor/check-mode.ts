import type { Finding } from '../../doctor.ts'
import { suggest } from '../../config/suggest.ts'

const modes = ['development', 'test', 'production']

/** @param nodeEnv value of NODE_ENV */
export function checkMode(nodeEnv: string | undefined): Finding {
  if (nodeEnv === undefined)
    return {
      id: 'mode',
      severity: 'note',
      message: 'NODE_ENV is not set: everything here is as in development.',
    }
  if (modes.includes(nodeEnv)) return { id: 'mode', severity: 'ok', message: `NODE_ENV is ${nodeEnv}.` }
  const meant = suggest(nodeEnv, modes) ?? (nodeEnv.startsWith('prod') ? 'production' : undefined)
  return {
    id: 'mode',
    severity: 'warning',
    message: `NODE_ENV is "${nodeEnv}", which Freeda takes for development.`,
    fix: `Set it to ${meant ?? 'production, test or development'}.`,
  }
}
