/**
 * Templates are real code with all that they can have; marks say what depends on an answer:
 *
 *     import { apiKeys } from '@freeda/auth' // #if auth
 *     // #if !auth … // #end            (lines of their own, around others)
 *     call(path/&#42; #if auth &#42;/, { as }/&#42; #end &#42;/)   (inside of a line)
 *
 * The marks work in every kind of comment, and behind a line of a format that has none.
 */

export type Facts = Readonly<Record<string, boolean>>

const inline = /\/\* #if (!?\w+) \*\/(.*?)\/\* #end \*\//g
const opening = /^\s*(?:\/\/|#|<!--) ?#if (!?\w+)(?: -->)?$/
const closing = /^\s*(?:\/\/|#|<!--) ?#end(?: -->)?$/
const trailing = /\s*(?:\/\/|<!--)?\s*#if (!?\w+)(?: -->)?$/

/** @throws Error for a mark that names no fact or that is not closed: a mistake in a template */
export function applyConditions(text: string, facts: Facts): string {
  const holds = (condition: string): boolean => {
    const fact = facts[condition.replace('!', '')]
    if (fact === undefined) throw new Error(`A template asks for "${condition}", which is no fact.`)
    return condition.startsWith('!') ? !fact : fact
  }
  const open: boolean[] = []
  const lines = text.split('\n').flatMap((line) => {
    const block = opening.exec(line)
    if (block !== null) {
      open.push(holds(block[1]!))
      return []
    }
    if (closing.test(line)) {
      if (open.pop() === undefined) throw new Error('A template has an #end without its #if.')
      return []
    }
    if (open.includes(false)) return []
    const end = trailing.exec(line)
    if (end !== null && !holds(end[1]!)) return []
    const kept = end === null ? line : line.slice(0, end.index)
    return [kept.replaceAll(inline, (_, condition: string, code: string) => (holds(condition) ? code : ''))]
  })
  if (open.length > 0) throw new Error('A template has an #if without its #end.')
  return lines.join('\n').replaceAll(/\n{3,}/g, '\n\n')
}
