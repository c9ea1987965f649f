/** The steps of docs/tutorial.md, read from what a reader sees. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../code-blocks.ts'

export type Step = { readonly section: string; readonly line: number } & (
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'commands'; readonly script: string }
  /** What the commands before it have printed. */
  | { readonly kind: 'answer'; readonly language: 'json' | 'text'; readonly text: string }
  /** What the app in the first terminal prints. */
  | { readonly kind: 'shown'; readonly text: string }
  /** The prose says Ctrl-C. */
  | { readonly kind: 'stop' }
)

const part =
  /^## (?<section>.+)$|^```(?<language>\w+)(?<info>[^\n]*)\n(?<code>[\s\S]*?)^```$|(?<stop>Ctrl-C)/gm

export function tutorialSteps(): readonly Step[] {
  const text = readFileSync(join(root, 'docs/tutorial.md'), 'utf8')
  const steps: Step[] = []
  let section = ''
  for (const { groups = {}, index } of text.matchAll(part)) {
    const at = { section, line: text.slice(0, index).split('\n').length }
    if (groups['section'] !== undefined) section = groups['section']
    else if (groups['stop'] !== undefined) steps.push({ ...at, kind: 'stop' })
    else steps.push({ ...at, ...stepOf(groups, steps.at(-1)) })
  }
  return steps
}

function stepOf({ language, info = '', code = '' }: Record<string, string>, before: Step | undefined) {
  const path = /title="([^"]+)"/.exec(info)?.[1]
  if (path !== undefined) return { kind: 'file', path, text: code } as const
  if (language === 'sh') return { kind: 'commands', script: code } as const
  if (language !== 'json' && language !== 'text') throw new Error(`No step is in the language ${language}.`)
  const isOfTheApp = before?.kind === 'file' || (before?.kind === 'commands' && startsTheApp(before.script))
  return isOfTheApp
    ? ({ kind: 'shown', text: code } as const)
    : ({ kind: 'answer', language, text: code } as const)
}

export const startsTheApp = (script: string) => script.trim() === 'npm run dev'

/** A pattern for text in which `…` stands for what differs each time. Its lines may have others between them. */
export const patternOf = (text: string) =>
  new RegExp(
    text
      .trim()
      .split('\n')
      .map((line) => line.split('…').map(escaped).join('.*'))
      .join('[^]*'),
  )

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
