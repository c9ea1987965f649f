/** Attacks an app and tells what it did wrong. */
import type { Target } from './app.ts'
import { attack, faultsOf, good, type Attack } from './attack.ts'

const atATime = 24

/** @returns what went wrong, a line each */
export async function siege(target: Target, attacks: Iterable<Attack>): Promise<string[]> {
  const faults: string[] = []
  const before = await target.stored()
  const queue = attacks[Symbol.iterator]()
  const worker = async () => {
    for (let next = queue.next(); next.done !== true; next = queue.next())
      faults.push(...(await attempt(target, next.value)))
  }
  await Promise.all(Array.from({ length: atATime }, worker))
  const after = await target.stored()
  if (after !== before) faults.push(`stored: ${after}`)
  return [...faults, ...target.failures.map((line) => `logged: ${line}`)]
}

async function attempt(target: Target, one: Attack): Promise<string[]> {
  const faults: string[] = []
  try {
    const answers = await attack(target.port, one)
    for (const answer of answers) faults.push(...faultsOf(answer))
    const status = answers[0]?.status ?? 0
    if (one.expect !== undefined && !one.expect.includes(status)) faults.push(`answered ${status}`)
    if (answers.length > (one.mostAnswers ?? 2)) faults.push(`${answers.length} answers`)
    const [after] = await attack(target.port, good)
    if (after?.status !== 200) faults.push(`afterwards a good request gets ${after?.status}`)
  } catch (error) {
    faults.push(String(error))
  }
  return faults.map((fault) => `${one.name}: ${fault}`)
}
