import type { Random } from './random.ts'
import type { Template } from './scenario.ts'

/** Gives a value for each slot; a function is asked again for each occurrence. */
export type Slots = Readonly<Record<string, string | (() => string)>>

/**
 * Fills a template. A slot that begins with a capital gets the value of its lower-case sister with a capital.
 * @throws when a slot is not known: a typing error in a template must not reach the samples.
 */
export function fillTemplate(template: Template, slots: Slots, random: Random): string {
  const choice = /\[([^[\]]*\|[^[\]]*)\]/
  let text = template
  // Innermost first, until none is left.
  while (choice.test(text))
    text = text.replace(choice, (_, options: string) => random.pick(options.split('|')))
  return text.replace(/\{(\w+)\}/g, (_, name: string) => valueOf(name, slots, template)).trim()
}

function valueOf(name: string, slots: Slots, template: Template): string {
  const value = slots[name]
  if (value !== undefined) return typeof value === 'string' ? value : value()
  const lower = name[0]!.toLowerCase() + name.slice(1)
  if (lower === name) throw new Error(`Unknown slot {${name}} in "${template}".`)
  return capital(valueOf(lower, slots, template))
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
