/** A project as a team has it: its own folder and git history, Freeda from packages, the infrastructure beside the app. */
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../docs/code-blocks.ts'
import type { EmulatedAws } from './emulated-aws.ts'

export interface DeployRun {
  readonly code: number | null
  /** stdout and stderr as they came. */
  readonly output: string
}

export interface Project {
  readonly folder: string
  /** Runs deploy.sh there. */
  deploy(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<DeployRun>
  /** Runs one of infrastructure/scripts/. */
  script(name: string, args: readonly string[], input?: string): Promise<DeployRun>
  /** Runs commands in a shell there. */
  shell(commands: string, env?: Readonly<Record<string, string>>): Promise<DeployRun>
  /** Changes a file by its text. */
  edit(file: string, change: (text: string) => string): void
  commit(message: string): string
  remove(): void
}

const packages = ['runtime', 'storage-json', 'storage-dynamodb', 'health', 'auth']

function writeNotesApp(folder: string): void {
  cpSync(join(root, 'test/deploy/notes-app'), folder, { recursive: true })
  cpSync(join(root, 'infrastructure'), join(folder, 'infrastructure'), { recursive: true })
  for (const file of ['deploy.sh', 'Dockerfile', '.dockerignore'])
    cpSync(join(folder, 'infrastructure', file), join(folder, file))
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({
      name: 'notes',
      version: '1.0.0',
      private: true,
      type: 'module',
      dependencies: { zod: '4.6.7', esbuild: '0.28.2' },
    }),
  )
}

/** Packs the packages of the workspace and installs them, as from the registry. Takes some seconds. */
export function makeProject(aws?: EmulatedAws, writeApp = writeNotesApp): Project {
  const folder = mkdtempSync(join(tmpdir(), 'freeda project '))
  writeApp(folder)
  installFreeda(folder)
  const project = projectIn(folder, deployEnvironment(process.env, aws))
  writeFileSync(join(folder, '.gitignore'), 'node_modules\ndist\n')
  // Published packages come from the registry; these are files of the project.
  project.edit('Dockerfile', (text) =>
    text.replace('COPY package.json', 'COPY vendor vendor\nCOPY package.json'),
  )
  execFileSync('git', ['init', '--quiet'], { cwd: folder })
  project.commit('The app')
  return project
}

/** What deploys an app, for an app that needs no secrets and is never built. Its `inside` uses single parts. */
export function makeInfrastructure(aws: EmulatedAws) {
  const folder = mkdtempSync(join(tmpdir(), 'freeda infrastructure '))
  cpSync(join(root, 'infrastructure'), join(folder, 'infrastructure'), { recursive: true })
  cpSync(join(folder, 'infrastructure/deploy.sh'), join(folder, 'deploy.sh'))
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true })
  writeFileSync(
    join(folder, 'node_modules/.bin/freeda'),
    `#!/bin/sh\necho '{"ok": true, "variables": []}'\n`,
    { mode: 0o755 },
  )
  const project = projectIn(folder, deployEnvironment(process.env, aws))
  /** Runs commands among the functions of deploy.sh, as `./deploy.sh ENVIRONMENT --yes` would. */
  const inside = (environment: string, commands: string, env: Readonly<Record<string, string>> = {}) =>
    project.shell(
      `source infrastructure/scripts/common.sh
      source infrastructure/lib/change-sets.sh
      assume_yes=yes allowed_replacements=()
      begin ${environment}
      ${commands}`,
      env,
    )
  return { ...project, inside }
}

/** The project that is in a folder already. */
export function projectIn(folder: string, environment: NodeJS.ProcessEnv): Project {
  const run = (command: string, args: readonly string[], input: string | undefined, env = {}) =>
    runProcess(command, args, { cwd: folder, input, env: { ...environment, ...env } })
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args], {
      cwd: folder,
      encoding: 'utf8',
    }).trim()
  return {
    folder,
    deploy: (args, env) => run('./deploy.sh', args, undefined, env),
    script: (name, args, input) => run(`infrastructure/scripts/${name}`, args, input),
    shell: (commands, env) => run('bash', ['-euc', commands], undefined, env),
    edit: (file, change) =>
      writeFileSync(join(folder, file), change(readFileSync(join(folder, file), 'utf8'))),
    commit(message) {
      git('add', '--all')
      git('commit', '--quiet', '--message', message)
      return git('rev-parse', '--short=12', 'HEAD')
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function installFreeda(folder: string): void {
  const vendor = join(folder, 'vendor')
  mkdirSync(vendor)
  for (const name of packages)
    execFileSync('npm', ['pack', '--silent', '--pack-destination', vendor], {
      cwd: join(root, 'packages', name),
    })
  const dependencies = Object.fromEntries(
    readdirSync(vendor).map((file) => [
      `@freeda/${file.replace(/^freeda-|-\d.*$/g, '')}`,
      `file:vendor/${file}`,
    ]),
  )
  const file = join(folder, 'package.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { dependencies: Record<string, string> }
  Object.assign(manifest.dependencies, dependencies)
  writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`)
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent'], { cwd: folder })
}

/** Nothing of this machine's AWS, and the docker that needs no engine in front of any other. */
export const deployEnvironment = (base: NodeJS.ProcessEnv, aws: EmulatedAws | undefined) => ({
  ...Object.fromEntries(Object.entries(base).filter(([name]) => !/^(AWS_|NODE_ENV$|VITEST)/.test(name))),
  ...aws?.environment,
  PATH: `${join(root, 'test/deploy/image')}:${base['PATH']}`,
  DEPLOY_POLL_SECONDS: '0.2',
  SMOKE_RETRIES: '2',
  SMOKE_RETRY_SECONDS: '1',
  NO_COLOR: '1',
})

function runProcess(
  command: string,
  args: readonly string[],
  { cwd, env, input }: { cwd: string; env: NodeJS.ProcessEnv; input: string | undefined },
): Promise<DeployRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)))
    child.stderr.on('data', (chunk: Buffer) => (output += String(chunk)))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
    child.stdin.end(input)
  })
}
