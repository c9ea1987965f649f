/** A real implementation of DynamoDB for tests: `FREEDA_DYNAMO_ENDPOINT`, else dynoxide, else dynalite. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Dynamo {
  readonly name: 'endpoint' | 'dynoxide' | 'dynalite'
  readonly endpoint: string
  /** dynalite has none. */
  readonly hasTransactions: boolean
  stop(): Promise<void>
}

/** Starts one, unless another choice is asked for by `FREEDA_DYNAMO_EMULATOR`. */
export async function startDynamo(): Promise<Dynamo> {
  const endpoint = process.env['FREEDA_DYNAMO_ENDPOINT']
  if (endpoint !== undefined)
    return { name: 'endpoint', endpoint, hasTransactions: true, stop: async () => {} }
  const binary = dynoxideBinary()
  return binary === undefined || process.env['FREEDA_DYNAMO_EMULATOR'] === 'dynalite'
    ? startDynalite()
    : startDynoxide(binary)
}

/** A name that no other test has. */
export const freshTable = () => `freeda-test-${randomUUID()}`

function dynoxideBinary(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve('@dynoxide/linux-x64/package.json')
    const binary = join(dirname(manifest), 'dynoxide')
    return existsSync(binary) ? binary : undefined
  } catch {
    return undefined
  }
}

async function startDynoxide(binary: string): Promise<Dynamo> {
  const port = await freePort()
  const child = spawn(binary, ['--port', String(port)], { stdio: 'ignore' })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const endpoint = `http://127.0.0.1:${port}`
  for (let tried = 0; !(await answers(endpoint)); tried++) {
    if (tried > 200 || child.exitCode !== null) throw new Error('dynoxide did not start')
    await sleep(25)
  }
  return {
    name: 'dynoxide',
    endpoint,
    hasTransactions: true,
    async stop() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function startDynalite(): Promise<Dynamo> {
  // @ts-expect-error it has no types
  const { default: dynalite } = (await import('dynalite')) as {
    default: (options: object) => Server
  }
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0 })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    name: 'dynalite',
    endpoint: `http://127.0.0.1:${port}`,
    hasTransactions: false,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const answers = (endpoint: string) =>
  fetch(endpoint).then(
    () => true,
    () => false,
  )
