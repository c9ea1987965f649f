/** Runs an image as hardened as ECS runs it. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect } from 'vitest'

/** What builds and runs images without a Docker engine. */
export const imageTools = ['buildah', 'podman', 'runc', 'debootstrap', 'catatonit']

export const podman = (...args: readonly string[]) =>
  execFileSync('podman', args, { encoding: 'utf8', maxBuffer: 64 << 20 }).trim()

/** With limits that this machine allows. */
export const runLimits = (
  '--runtime runc --cgroup-manager cgroupfs run --rm --pull=never --network host ' +
  '--ulimit nofile=1024:1024 --ulimit nproc=4096:4096'
).split(' ')

/** As ecs-fargate.yaml says it. What can be written to is the image's own volume, as on Fargate; podman would add others. */
const hardened =
  '--init --read-only --read-only-tmpfs=false --cap-drop ALL --security-opt no-new-privileges --user 1000'.split(
    ' ',
  )

export interface RunningImage {
  readonly url: string
  /** Everything that it printed so far. */
  output(): string
  /** Runs the health check of the image. @returns its exit code */
  healthCheck(): number | null
  /** Runs a command in the container, as the same user. @returns its exit code */
  execute(...command: readonly string[]): number | null
  /** Sends SIGTERM and waits. @returns the exit code */
  end(): Promise<number | null>
}

/** Starts a container and waits until it can serve. */
export async function runImage(
  image: string,
  environment: Readonly<Record<string, string>>,
): Promise<RunningImage> {
  const port = await freePort()
  const name = `freeda-test-${port}`
  const variables = Object.entries({ ...environment, PORT: String(port) })
  const child = spawn(
    'podman',
    [
      ...runLimits,
      ...hardened,
      '--name',
      name,
      ...variables.flatMap(([key, value]) => ['--env', `${key}=${value}`]),
      image,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const exited = once(child, 'exit') as Promise<[number | null]>
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)))
  child.stderr.on('data', (chunk: Buffer) => (output += String(chunk)))
  const url = `http://127.0.0.1:${port}`
  const ready = async () => (await fetch(`${url}/health/ready`)).status
  await expect
    .poll(() => (child.exitCode === null ? ready().catch(() => output) : 'ended'), { timeout: 60_000 })
    .toSatisfy((seen) => seen === 200 || seen === 'ended')
  if (child.exitCode !== null) throw new Error(`The app ended before it was ready:\n${output}`)
  return {
    url,
    output: () => output,
    healthCheck: () => spawnSync('podman', ['healthcheck', 'run', name]).status,
    execute: (...command) => spawnSync('podman', ['exec', name, ...command]).status,
    async end() {
      podman('kill', '--signal', 'TERM', name)
      const [code] = await exited
      return code
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
