import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describePlan, type DescribeOptions } from '../../describe-app.ts'
import { isFreedaError, type Problem } from '../../errors.ts'
import type { Mode } from '../../plugin.ts'
import type { Terminal } from '../terminal.ts'
import { writeOutput } from '../write-output.ts'
import { writeProblems } from '../write-problems.ts'
import { envExample, namesIn } from './env-example.ts'
import { variableFacts } from './variable-facts.ts'

const modes: readonly Mode[] = ['development', 'production']

/**
 * Writes `.env.example` beside the config; with other content there, only when forced.
 * @returns the exit code
 */
export async function writeEnvExample(
  terminal: Terminal,
  options: Pick<DescribeOptions, 'file'>,
  force: boolean,
): Promise<number> {
  const planned = await planModes(options)
  const { directory, name } = planned.plans[0]!
  writeProblems(terminal, 'Without the variables of production, which cannot be planned:', planned.problems)
  const file = join(directory, '.env.example')
  const text = envExample(
    name,
    planned.plans.map((plan) => ({ mode: plan.mode, variables: variableFacts(plan) })),
  )
  const found = await textOf(file)
  if (found === text) {
    terminal.line(`${file} is up to date.`)
    return 0
  }
  if (found !== undefined && !force) {
    terminal.err.write(`${refusal(file, found, text)}\n`)
    return 1
  }
  await writeOutput(file, text)
  terminal.line(`Wrote ${file} with ${namesIn(text).size} variables.`)
  return 0
}

/** Of no environment: a file in the repository must not depend on whose machine it was written on. */
async function planModes(options: Pick<DescribeOptions, 'file'>) {
  const environment = {}
  const [development, production] = await Promise.allSettled(
    modes.map((mode) => describePlan({ ...options, mode, environment })),
  )
  if (development?.status !== 'fulfilled') throw development?.reason
  if (production?.status === 'fulfilled')
    return { plans: [development.value.plan, production.value.plan], problems: [] }
  return { plans: [development.value.plan], problems: problemsOf(production?.reason) }
}

function problemsOf(error: unknown): readonly Problem[] {
  if (isFreedaError(error, 'FREEDA_CONFIG_INVALID')) return error.data.problems
  throw error
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function refusal(file: string, found: string, text: string): string {
  const [there, wanted] = [namesIn(found), namesIn(text)]
  const missing = [...wanted].filter((name) => !there.has(name))
  const extra = [...there].filter((name) => !wanted.has(name))
  const differences = [
    ...(missing.length === 0 ? [] : [`it lacks ${missing.join(', ')}`]),
    ...(extra.length === 0 ? [] : [`it has ${extra.join(', ')}, which the app does not read`]),
  ]
  const how = differences.length === 0 ? 'its texts differ' : differences.join('; ')
  return `${file} is there with other content: ${how}.\n→ Change it by hand, or write over it with --force.`
}
