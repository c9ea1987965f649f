/** Values of a config as they may be shown: plain JSON, without anything secret. */
import { censor, hideSecrets } from '../../observability/hide-secrets.ts'
import { redactor } from '../../observability/redaction.ts'

/**
 * Makes a function that gives a value as plain JSON, with secret values cut out, and whatever stands under a name such as
 * `password`: somebody may have written it into the config itself.
 * @param secrets values that must never be shown
 */
export function printable(secrets: readonly string[]): (key: string, value: unknown) => unknown {
  const redact = redactor(secrets)
  // Shorter ones are left alone inside other text, but a value that is one is hidden whole.
  const whole = new Set(secrets)
  const show = (value: unknown): unknown => {
    if (typeof value === 'string') return whole.has(value) ? censor : redact(value)
    if (typeof value === 'bigint') return String(value)
    if (typeof value === 'function') return `[function ${value.name || 'without a name'}]`
    if (typeof value === 'symbol') return String(value)
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(show)
    if (value instanceof Date || value instanceof URL) return show(value.toJSON())
    if (value instanceof RegExp) return String(value)
    const { constructor } = value as { constructor?: { name?: string } }
    if (Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null)
      return `[${constructor?.name ?? 'object'}]`
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, show(item)]))
  }
  return (key, value) => {
    const shown = show(value)
    return typeof shown === 'boolean' ? shown : hideSecrets({ [key]: shown })[key]
  }
}
