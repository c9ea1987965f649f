/** The last part of docs/tutorial.md: its commands, in the project that a reader has by then, against an AWS on loopback. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../docs/code-blocks.ts'
import { patternOf, tutorialSteps } from '../docs/tutorial/steps.ts'
import { deployTools, missingTools, startEmulatedAws, type EmulatedAws } from './emulated-aws.ts'
import { baseImage } from './image/base-image.ts'
import { makeProject, type Project } from './project.ts'
import { startService, type Service } from './stand-in-service.ts'

const missing = missingTools(deployTools)
if (missing.length > 0) process.stderr.write(`the tutorial is not deployed: no ${missing.join(', ')}\n`)

const steps = tutorialSteps()
const reader = Object.fromEntries(
  ['AUTHOR', 'COMMITTER'].flatMap((role) => [
    [`GIT_${role}_NAME`, 'Reader'],
    [`GIT_${role}_EMAIL`, 'reader@example.com'],
  ]),
)

/** What the first command of the page makes. */
function createDesk(folder: string): void {
  const parent = mkdtempSync(join(tmpdir(), 'freeda-desk-'))
  const program = join(root, 'packages/create-freeda/dist/create-freeda.js')
  const flags = ['--template', 'minimal', '--auth', '--yes', '--no-install', '--no-git']
  execFileSync(process.execPath, [program, 'desk', ...flags], { cwd: parent, stdio: 'pipe' })
  cpSync(join(parent, 'desk'), folder, { recursive: true })
  rmSync(parent, { recursive: true })
}

describe.skipIf(missing.length > 0)('the tutorial', () => {
  let aws: EmulatedAws
  let project: Project
  let service: Service

  beforeAll(async () => {
    baseImage()
    aws = await startEmulatedAws()
    project = makeProject(aws, createDesk)
    service = await startService()
  })
  afterAll(async () => {
    service.close()
    project.remove()
    await aws.stop()
  })

  const stacks = () => {
    const described = aws.aws('cloudformation', 'describe-stacks') as { Stacks: { StackName: string }[] }
    return described.Stacks.map(({ StackName }) => StackName).toSorted()
  }

  it('deploys the support desk by the commands of the page, and removes it again', async () => {
    for (const file of ['src/hello', 'test/hello.test.ts'])
      rmSync(join(project.folder, file), { recursive: true })
    for (const step of steps)
      if (step.kind === 'file') {
        mkdirSync(dirname(join(project.folder, step.path)), { recursive: true })
        writeFileSync(join(project.folder, step.path), step.text)
      }

    let printed = ''
    const seen: string[] = []
    for (const step of steps.filter(({ section }) => section === '6. Deploy it'))
      if (step.kind === 'commands') {
        if (step.script.includes('--destroy'))
          expect(stacks()).toEqual(
            ['foundation', 'network', 'ops', 'registry', 'service', 'table'].map(
              (stack) => `desk-staging-${stack}`,
            ),
          )
        const { code, output } = await project.shell(step.script, { ...reader, SMOKE_URL: service.url })
        expect(code, `${step.script}${output}`).toBe(0)
        printed = output
        seen.push(step.script)
      } else if (step.kind === 'answer') expect(printed).toMatch(patternOf(step.text))
    expect(seen.join('')).toMatch(/setup\.sh[^]*--dry-run[^]*staging --yes[^]*--destroy/)
    expect(stacks()).not.toContain('desk-staging-service')
  })
})
