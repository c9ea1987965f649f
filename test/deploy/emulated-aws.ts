/** An AWS on loopback for deployments: moto with a CloudFormation that behaves, and a real image registry in the place of ECR's. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

export const account = '123456789012'
export const region = 'us-east-1'

/** A failure that CloudFormation is to meet: when `resource` of `stack` is made or changed to properties that hold `contains`. */
export interface PlannedFailure {
  readonly stack: string
  readonly resource: string
  readonly contains?: string
  readonly reason: string
}

export interface EmulatedAws {
  /** What a process needs to find it, and no other AWS. */
  readonly environment: Readonly<Record<string, string>>
  /** `host:port` of the image registry. */
  readonly registry: string
  /** Replaces the failures that are planned. */
  planFailures(failures: readonly PlannedFailure[]): void
  /** Gives one access key (20 characters) the rights of a policy document and no others; the rest may do everything. */
  restrict(accessKey: string, policy: unknown): void
  /** Runs the aws command line and reads its JSON. @throws when it fails */
  aws(...args: readonly string[]): unknown
  stop(): Promise<void>
}

/** What a deployment to it needs. */
export const deployTools = [
  'aws',
  'jq',
  'git',
  'curl',
  'buildah',
  'podman',
  'skopeo',
  'docker-registry',
  'htpasswd',
]

/** Those that are not installed; `.ci/run` installs all of them. */
export const missingTools = (tools: readonly string[]): readonly string[] =>
  tools.filter((tool) => spawnSync('sh', ['-c', 'command -v "$1"', 'sh', tool]).status !== 0)

export async function startEmulatedAws(): Promise<EmulatedAws> {
  const folder = mkdtempSync(join(tmpdir(), 'freeda-aws-'))
  const failures = join(folder, 'failures.json')
  writeFileSync(failures, '[]')
  const policies = join(folder, 'policies.json')
  writeFileSync(policies, '{}')
  const moto = await startMoto({ EMULATED_AWS_FAILURES: failures, EMULATED_AWS_POLICIES: policies })
  const registry = await startRegistry(folder)
  const environment = {
    AWS_ENDPOINT_URL: moto.url,
    AWS_ACCESS_KEY_ID: 'emulated',
    AWS_SECRET_ACCESS_KEY: 'emulated',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_CONFIG_FILE: join(folder, 'no-config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'no-credentials'),
    AWS_PAGER: '',
    EMULATED_REGISTRY: registry.address,
    REGISTRY_AUTH_FILE: join(folder, 'registry-auth.json'),
  }
  return {
    environment,
    registry: registry.address,
    planFailures: (planned) => writeFileSync(failures, JSON.stringify(planned)),
    restrict: (accessKey, policy) => writeFileSync(policies, JSON.stringify({ [accessKey]: policy })),
    aws(...args) {
      const { status, stdout, stderr } = spawnSync('aws', [...args, '--output', 'json'], {
        env: { ...process.env, ...environment },
        encoding: 'utf8',
      })
      if (status !== 0) throw new Error(`aws ${args.join(' ')}: ${stderr}`)
      return stdout === '' ? undefined : (JSON.parse(stdout) as unknown)
    },
    async stop() {
      await Promise.all([moto.stop(), registry.stop()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Stack {
  readonly StackName: string
  readonly StackStatus: string
  readonly Outputs: readonly { readonly OutputKey: string; readonly OutputValue: string }[]
  readonly Parameters: readonly { readonly ParameterKey: string; readonly ParameterValue: string }[]
}

const describeStacks = (aws: EmulatedAws, ...of: readonly string[]) =>
  (aws.aws('cloudformation', 'describe-stacks', ...of) as { Stacks: readonly Stack[] }).Stacks

/** `name STATUS` of every stack. */
export const stacksOf = (aws: EmulatedAws): readonly string[] =>
  describeStacks(aws)
    .map(({ StackName, StackStatus }) => `${StackName} ${StackStatus}`)
    .toSorted()

/** The policy document that a stack made. */
export function policyOf(aws: EmulatedAws, stack: string, logicalId: string): unknown {
  const { StackResources } = aws.aws(
    'cloudformation',
    'describe-stack-resources',
    '--stack-name',
    stack,
    '--logical-resource-id',
    logicalId,
  ) as { StackResources: readonly [{ readonly PhysicalResourceId: string }] }
  const arn = StackResources[0].PhysicalResourceId
  const { Policy } = aws.aws('iam', 'get-policy', '--policy-arn', arn) as {
    Policy: { readonly DefaultVersionId: string }
  }
  const { PolicyVersion } = aws.aws(
    'iam',
    'get-policy-version',
    '--policy-arn',
    arn,
    '--version-id',
    Policy.DefaultVersionId,
  ) as { PolicyVersion: { readonly Document: unknown } }
  return PolicyVersion.Document
}

/** What the service of a stack runs: repository and digest. */
export const imageOf = (aws: EmulatedAws, stack: string): string =>
  describeStacks(aws, '--stack-name', stack)[0]!.Parameters.find(
    ({ ParameterKey }) => ParameterKey === 'ImageUri',
  )!.ParameterValue

export const outputOf = (aws: EmulatedAws, stack: string, output: string): string =>
  describeStacks(aws, '--stack-name', stack)[0]!.Outputs.find(({ OutputKey }) => OutputKey === output)!
    .OutputValue

/** It ends when its standard input does, also when the tests die. */
async function startMoto(settings: Readonly<Record<string, string>>) {
  const script = new URL('emulator/emulated_aws.py', import.meta.url).pathname
  const child = spawn('python3', [script], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, ...settings, PYTHONDONTWRITEBYTECODE: '1' },
  })
  const exited = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) {
    const listening = /^listening on (http:\S+)$/.exec(line)
    if (listening !== null)
      return {
        url: listening[1]!,
        async stop() {
          child.stdin.end()
          child.kill('SIGKILL')
          await exited
        },
      }
  }
  throw new Error('The emulated AWS did not start: is moto installed for this python3?')
}

/** Debian's docker-registry, behind the password that moto's ECR hands out. */
async function startRegistry(folder: string) {
  const port = await freePort()
  const { stdout } = spawnSync('htpasswd', ['-Bbn', 'AWS', `${account}-auth-token`], { encoding: 'utf8' })
  writeFileSync(join(folder, 'htpasswd'), stdout.trim())
  const config = join(folder, 'registry.json')
  // YAML reads JSON.
  writeFileSync(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: 'error' },
      storage: { filesystem: { rootdirectory: join(folder, 'registry') }, delete: { enabled: true } },
      http: { addr: `127.0.0.1:${port}`, secret: 'of-a-test' },
      auth: { htpasswd: { realm: 'emulated', path: join(folder, 'htpasswd') } },
    }),
  )
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' })
  const exited = once(child, 'exit')
  const address = `127.0.0.1:${port}`
  for (let tried = 0; !(await answers(`http://${address}/v2/`)); tried++) {
    if (tried > 400 || child.exitCode !== null) throw new Error('docker-registry did not start')
    await pause(25)
  }
  return {
    address,
    async stop() {
      child.kill('SIGKILL')
      await exited
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

const answers = (url: string) =>
  fetch(url).then(
    () => true,
    () => false,
  )
