/** What an app says of itself, without listening: for files and tools. */
import { FreedaError } from './errors.ts'
import { loadConfig } from './config/load-config.ts'
import { bootApp } from './lifecycle/boot-app.ts'
import { createLogger } from './observability/logger.ts'
import type { OpenapiDocument } from './openapi/openapi-document.ts'
import { planApp } from './plugins/plan-app.ts'
import { modeOf, type StartOptions } from './start.ts'

/**
 * Sets the plugins up, as routes are only known then, asks for the OpenAPI document, and stops them again.
 * @throws what {@link start} throws, but for FREEDA_LISTEN
 */
export async function describeApp(
  options: Pick<StartOptions, 'cwd' | 'file' | 'config' | 'mode' | 'environment'> = {},
): Promise<OpenapiDocument> {
  const { environment = process.env, mode = modeOf(environment['NODE_ENV']) } = options
  const loaded = await loadConfig({ ...options, mode })
  const plan = await planApp(loaded, { mode, environment })
  // Whoever calls prints the document where log lines would go.
  const log = await createLogger({
    app: plan.name,
    level: 'silent',
    pretty: false,
    redact: [],
    secrets: plan.secrets,
    destination: undefined,
  })
  // Metrics for CloudWatch go the same way, whatever the level.
  const booted = await bootApp({ ...plan, metrics: false }, log)
  const document = booted.openapi()
  const failures = await booted.stopPlugins(plan.server.shutdown)
  if (failures.length > 0) throw new FreedaError('FREEDA_STOP', { failures })
  return document
}
