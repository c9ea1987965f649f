/** The pure halves of `freeda doctor`. */
import { createServer, type AddressInfo } from 'node:net'
import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { configSchema } from '../../src/config/config-schema.ts'
import { checkBudgets, ecsDefault } from '../../src/cli/doctor/check-budgets.ts'
import { checkMode } from '../../src/cli/doctor/check-mode.ts'
import { checkNode } from '../../src/cli/doctor/check-node.ts'
import { checkOpenFiles } from '../../src/cli/doctor/check-open-files.ts'
import { checkPackages, findPackages } from '../../src/cli/doctor/check-packages.ts'
import { judgeService, judgeStack, judgeTask, type Service } from '../../src/cli/doctor/judge-deployment.ts'
import { portHolder } from '../../src/cli/doctor/port-holder.ts'
import { projectInfrastructure } from '../../src/cli/doctor/project-infrastructure.ts'
import { stopTime } from '../../src/cli/doctor/stop-time.ts'
import { summaryOf, writeFindings } from '../../src/cli/doctor/write-findings.ts'
import { createTerminal } from '../../src/cli/terminal.ts'
import type { Mode } from '../../src/plugin.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const lines = (findings: readonly { id: string; severity: string }[]) =>
  findings.map(({ id, severity }) => `${severity} ${id}`)
const server = (mode: Mode, given: object = {}) => ({
  mode,
  server: configSchema(mode).parse({ server: given }).server,
})

describe('the doctor, of Node and the mode', () => {
  it.each([
    ['20.18.1', 'error'],
    ['20.19.0', 'warning'],
    ['22.12.0', 'ok'],
    ['23.1.0', 'warning'],
    ['24.0.0', 'ok'],
    ['26.0.0', 'ok'],
  ])('finds Node %s to be: %s', (version, severity) => {
    expect(checkNode(version).severity).toBe(severity)
  })

  it('sees that a mode is mistyped', () => {
    expect(checkMode('prod')).toMatchObject({ severity: 'warning', fix: 'Set it to production.' })
    expect(checkMode('production').severity).toBe('ok')
    expect(checkMode(undefined).severity).toBe('note')
  })
})

describe('the doctor, of time limits', () => {
  it('compares the shutdown with the time until the kill', () => {
    const sure = { ms: 30_000, from: 'by --stop-timeout', sure: true }
    expect(lines(checkBudgets(server('production'), ecsDefault))).toContain('warning budget.shutdown')
    expect(lines(checkBudgets(server('production'), sure))).toContain('error budget.shutdown')
    expect(lines(checkBudgets(server('development'), ecsDefault))).toContain('note budget.shutdown')
    expect(lines(checkBudgets(server('production', { shutdown: '20s' }), sure))).toContain(
      'ok budget.shutdown',
    )
  })

  it('warns of what loses requests behind a balancer', () => {
    const risky = server('production', { drain: 0, keepAliveTimeout: '30s' })
    expect(lines(checkBudgets(risky, ecsDefault))).toEqual([
      'warning budget.shutdown',
      'warning budget.drain',
      'warning budget.keep-alive',
    ])
  })

  it('takes the stop time from the flag, the environment, the template, or from what ECS does', () => {
    const template = `Parameters:
  StopTimeoutSeconds:
    Type: Number
    MaxValue: 120
    Default: 50
Resources:
  Task:
    StopTimeout: !Ref StopTimeoutSeconds
`
    expect(stopTime('45', template, { StopTimeoutSeconds: 60 })).toMatchObject({ ms: 45_000 })
    expect(stopTime('2m', template)).toMatchObject({ ms: 120_000 })
    expect(() => stopTime('soon', template)).toThrow('expected seconds, or a text such as 45s')
    expect(stopTime(undefined, template, { StopTimeoutSeconds: 60 })).toMatchObject({ ms: 60_000 })
    expect(stopTime(undefined, template)).toMatchObject({ ms: 50_000, sure: true })
    expect(stopTime(undefined, '  StopTimeout: 40\n')).toMatchObject({ ms: 40_000 })
    expect(stopTime(undefined, 'Resources: {}')).toBe(ecsDefault)
    expect(stopTime(undefined, undefined)).toBe(ecsDefault)
  })

  it('finds the infrastructure of a project above its config, and that of this repository', async () => {
    const folder = await temporaryFolder({
      'infrastructure/templates/ecs-fargate.yaml': '  StopTimeout: 40\n',
      'infrastructure/parameters/production.json': '{ "AppName": "desk" }',
    })
    const found = await projectInfrastructure(join(folder, 'app'))
    expect(stopTime(undefined, found.service)).toMatchObject({ ms: 40_000 })
    expect(await found.parametersOf('production')).toEqual({ AppName: 'desk' })
    expect(await found.parametersOf('elsewhere')).toBeUndefined()
    const own = await projectInfrastructure(import.meta.dirname)
    expect(stopTime(undefined, own.service)).toMatchObject({ sure: true })
  })

  it('compares the limit of open files with the most connections', () => {
    const app = server('production', { maxConnections: 1_000 })
    expect(checkOpenFiles(app, 1_024)).toMatchObject({ severity: 'warning' })
    expect(checkOpenFiles(app, 4_096)).toMatchObject({ severity: 'ok' })
    expect(checkOpenFiles(app, undefined)).toMatchObject({ severity: 'note' })
  })
})

describe('the doctor, of packages', () => {
  it('finds copies that packages brought along, and follows links', async () => {
    const folder = await temporaryFolder()
    const put = async (path: string, name: string, version: string) => {
      await mkdir(join(folder, path), { recursive: true })
      await writeFile(join(folder, path, 'package.json'), JSON.stringify({ name, version }))
      return realpath(join(folder, path))
    }
    const app = join(folder, 'packages/app')
    const own = await put('node_modules/@freeda/runtime', '@freeda/runtime', '0.2.0')
    await symlink(
      await put('shared/health', '@freeda/health', '0.2.0'),
      join(folder, 'node_modules/@freeda/health'),
    )
    const fine = await findPackages(app)
    expect(lines(checkPackages(fine, own))).toEqual(['ok packages'])
    expect(lines(checkPackages(fine, '/elsewhere'))).toEqual(['warning packages.foreign'])

    await put('node_modules/@acme/mail/node_modules/@freeda/runtime', '@freeda/runtime', '0.1.0')
    expect(lines(checkPackages(await findPackages(app), own))).toEqual([
      'warning packages.duplicate',
      'warning packages.mismatch',
    ])
    expect(lines(checkPackages([], own))).toEqual(['warning packages'])
  })
})

describe('the doctor, of ports', () => {
  it('knows who listens on one', async () => {
    const listening = createServer()
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void listening.close())
    const { port } = listening.address() as AddressInfo
    expect(await portHolder(port)).toMatchObject({ pid: process.pid })
  })
})

describe('the doctor, of a deployment', () => {
  const service: Service = {
    serviceName: 'desk',
    status: 'ACTIVE',
    desiredCount: 2,
    runningCount: 2,
    pendingCount: 0,
    taskDefinition: 'desk:7',
    deployments: [{ status: 'PRIMARY', rolloutState: 'COMPLETED' }],
  }

  it.each([
    ['UPDATE_COMPLETE', 'ok'],
    ['UPDATE_IN_PROGRESS', 'warning'],
    ['UPDATE_ROLLBACK_COMPLETE', 'warning'],
    ['ROLLBACK_COMPLETE', 'error'],
    ['UPDATE_ROLLBACK_FAILED', 'error'],
  ])('finds a stack that is %s to be: %s', (StackStatus, severity) => {
    expect(lines(judgeStack('stack', { StackName: 'desk', StackStatus }))).toEqual([`${severity} stack`])
  })

  it('tells a steady service from others', () => {
    const severityOf = (change: Partial<Service>) => judgeService('s', { ...service, ...change })[0]?.severity
    expect(severityOf({})).toBe('ok')
    expect(severityOf({ runningCount: 1, pendingCount: 1 })).toBe('warning')
    expect(severityOf({ runningCount: 0 })).toBe('error')
    expect(severityOf({ desiredCount: 0, runningCount: 0 })).toBe('error')
    expect(severityOf({ status: 'DRAINING' })).toBe('error')
    expect(severityOf({ deployments: [{ status: 'PRIMARY', rolloutState: 'FAILED' }] })).toBe('error')
  })

  it('wants images by digest, and time for the shutdown', () => {
    const image = `repo@sha256:${'a'.repeat(64)}`
    const task = (container: object) => ({ containerDefinitions: [{ name: 'app', image, ...container }] })
    expect(lines(judgeTask('s', task({ stopTimeout: 40 }), 30_000))).toEqual(['ok s.image', 'ok s.stop-time'])
    expect(lines(judgeTask('s', task({ image: 'repo:latest' }), 30_000))).toEqual([
      'warning s.image',
      'error s.stop-time',
    ])
    expect(lines(judgeTask('s', task({}), undefined))).toEqual(['ok s.image'])
  })
})

describe('findings', () => {
  it('are as wide as the terminal, and without colour in a log', () => {
    let text = ''
    const out = { write: (chunk: string) => (text += chunk), columns: 50 }
    const finding = {
      id: 'port',
      severity: 'error' as const,
      message: 'Port 3000 is taken by process 4711, which somebody forgot.',
      fix: 'Stop it.',
    }
    writeFindings(createTerminal(out, out, {}), [finding])
    expect(text).toBe(
      'error    port  Port 3000 is taken by process 4711,\n         which somebody forgot.\n         → Stop it.\n',
    )
    expect(summaryOf([finding, { ...finding, severity: 'ok' }])).toBe('1 error, 1 ok')
  })
})
