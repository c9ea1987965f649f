/** A prompt with the app at hand. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { start as startRepl, type REPLServer } from 'node:repl'
import type { OpenApp } from '../../open-app.ts'
import type { Terminal } from '../terminal.ts'

/** Reads and evaluates until the user ends it, or the signal aborts. */
export async function runPrompt(app: OpenApp, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const names = namesAtHand(app)
  terminal.line(greeting(app, names))
  const server = startRepl({ prompt: `${app.plan.name}> `, ignoreUndefined: true })
  Object.assign(server.context, names)
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  await Promise.race([keepHistory(server), ended])
  // The signal may have come meanwhile. Ctrl-C is none: the prompt reads it itself.
  if (signal.aborted) server.close()
  else signal.addEventListener('abort', () => server.close(), { once: true })
  await ended
}

/** Collections win over services of the same name, and neither takes one that stands for more. */
export function namesAtHand(app: OpenApp): Record<string, unknown> {
  const { collections, services, log } = app
  const plain = (values: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => /^[A-Za-z_$][\w$]*$/.test(name)))
  return { ...plain(services), ...plain(collections), app, collections, services, log }
}

function greeting(
  { plan, collections, services }: OpenApp,
  names: Readonly<Record<string, unknown>>,
): string {
  const list = (title: string, from: Readonly<Record<string, unknown>>, whole: string) => {
    const shown = Object.keys(from).map((name) => (names[name] === from[name] ? name : `${whole}['${name}']`))
    return shown.length === 0 ? [] : [`${title}: ${shown.join(', ')}`]
  }
  return [
    `${plan.name} is set up, as in ${plan.mode}, and listens to nobody.`,
    ...list('Collections', collections, 'collections'),
    ...list('Services', services, 'services'),
    'Also: app, log. `await` works. Ctrl-D ends and stops the app.',
  ].join('\n')
}

/** `FREEDA_REPL_HISTORY` names another file; empty, it keeps none. */
async function keepHistory(server: REPLServer): Promise<void> {
  const file = process.env['FREEDA_REPL_HISTORY'] ?? join(homedir(), '.freeda_repl_history')
  if (file === '') return
  // Where the file cannot be written, the prompt works without; node says so itself.
  await new Promise<void>((resolve) => server.setupHistory(file, () => resolve()))
}
