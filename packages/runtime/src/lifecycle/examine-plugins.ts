/** Asks plugins to look at their surroundings, side by side: nothing is set up. */
import type { DoctorContext, Finding, Severity } from '../doctor.ts'
import { FreedaError, reasonOf } from '../errors.ts'
import { redactor } from '../observability/redaction.ts'
import type { Plan, PlannedPlugin } from '../plugins/plan.ts'
import { withDeadline } from './deadline.ts'
import { declaredCollections } from './set-up-plugins.ts'

const timeoutMs = 15_000

/** The findings of each plugin that has any, their ids beginning with its name; in order of setup. */
export async function examinePlugins(plan: Plan): Promise<Finding[]> {
  const redact = redactor(plan.secrets)
  const findings = await Promise.all(plan.plugins.map((plugin) => examine(plugin, plan)))
  return findings.flat().map((finding) => ({ ...finding, message: redact(finding.message) }))
}

type AnyDoctor = (context: DoctorContext<unknown, unknown>) => unknown

async function examine({ plugin, name, at, options, env }: PlannedPlugin, plan: Plan): Promise<Finding[]> {
  const doctor = plugin.doctor as AnyDoctor | undefined
  if (doctor === undefined) return []
  const unset = plan.gaps.filter((gap) => gap.at.startsWith(`${at}.`))
  // A table of a name that nobody gave would only be said to be missing.
  if (unset.length > 0)
    return [{ id: name, severity: 'note', message: 'Not looked at: variables that it needs are not set.' }]
  const { mode, directory } = plan
  const timeout = () => new FreedaError('FREEDA_PLUGIN_TIMEOUT', { plugin: name, hook: 'doctor', timeoutMs })
  try {
    const collections = declaredCollections(plan)
    const found = await withDeadline(
      (signal) => doctor.call(plugin, { name, mode, directory, options, env, collections, signal }),
      timeoutMs,
      timeout,
    )
    return named(name, found)
  } catch (error) {
    return [{ id: name, severity: 'error', message: `It could not be looked at: ${reasonOf(error)}` }]
  }
}

const severities: ReadonlySet<unknown> = new Set<Severity>(['ok', 'note', 'warning', 'error'])

/** JavaScript has no types to refuse something else. */
function named(name: string, found: unknown): Finding[] {
  if (!Array.isArray(found) || !found.every(isFinding))
    return [
      {
        id: name,
        severity: 'error',
        message: 'Its `doctor` did not return a list of { id, severity, message, fix? }.',
        fix: 'Mend the plugin.',
      },
    ]
  return found.map((finding) => ({ ...finding, id: `${name}.${finding.id}` }))
}

function isFinding(value: unknown): value is Finding {
  if (typeof value !== 'object' || value === null) return false
  const { id, severity, message, fix } = value as Partial<Record<keyof Finding, unknown>>
  return (
    typeof id === 'string' &&
    severities.has(severity) &&
    typeof message === 'string' &&
    (fix === undefined || typeof fix === 'string')
  )
}
