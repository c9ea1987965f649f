/** The real Dockerfile, built and run as hardened as ECS runs it. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshTable, startDynamo, type Dynamo } from '../../packages/storage-dynamodb/test/start-dynamo.ts'
import { root } from '../docs/code-blocks.ts'
import { missingTools } from './emulated-aws.ts'
import { baseImage } from './image/base-image.ts'
import { imageTools, podman, runImage, runLimits } from './image/run-image.ts'
import { makeProject, type Project } from './project.ts'

const missing = missingTools(imageTools)
if (missing.length > 0) process.stderr.write(`images are not tested: no ${missing.join(', ')}\n`)

const image = 'localhost/freeda-test-notes:test'
const secretText = 'a-value-that-must-stay-out'

const bytesOf = (name: string) => Number(podman('image', 'inspect', '--format', '{{.Size}}', name))

describe.skipIf(missing.length > 0)('the image', () => {
  let project: Project
  let dynamo: Dynamo
  let base: string

  beforeAll(async () => {
    base = baseImage()
    dynamo = await startDynamo()
    project = makeProject()
    mkdirSync(join(project.folder, 'data'))
    for (const file of ['.env', '.env.production', 'data/db.json', 'server.key'])
      writeFileSync(join(project.folder, file), secretText)
    execFileSync(join(root, 'test/deploy/image/docker'), ['build', '--tag', image, project.folder], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  })
  afterAll(async () => {
    project.remove()
    await dynamo.stop()
    podman('image', 'rm', '--force', image)
  })

  it('adds at most 10 MB to its base', () => {
    const added = bytesOf(image) - bytesOf(base)
    process.stderr.write(`the image adds ${(added / 1e6).toFixed(1)} MB to its base\n`)
    expect(added).toBeLessThan(10_000_000)
  })

  it('has a user, a place to write to, a health check and a command without a shell', () => {
    const [{ Config, Healthcheck }] = JSON.parse(podman('image', 'inspect', image)) as [
      { Config: { User: string; Cmd: string[]; Volumes: object }; Healthcheck: { Test: string[] } },
    ]
    expect(Config.User).toBe('1000:1000')
    expect(Object.keys(Config.Volumes)).toEqual(['/tmp'])
    expect(Config.Cmd).toEqual(['node', 'server.js'])
    expect(Healthcheck.Test).toEqual(['CMD', 'node', 'health.js'])
  })

  it('holds the bundle, and no data, secret, history or package', () => {
    const look = `find /app -type f; grep -rl ${secretText} /app || true`
    const files = podman(...runLimits, image, 'sh', '-c', look).split('\n')
    expect(files).toContain('/app/server.js')
    expect(files).toContain('/app/health.js')
    expect(
      files.filter((file) => /node_modules|\.git\/|\.env|\/data\/|\.key$|package-lock/.test(file)),
    ).toEqual([])
    expect(files.filter((file) => !file.startsWith('/app/'))).toEqual([])
  })

  it('serves with a read-only root and no rights, answers its health check, and ends with 0 on SIGTERM', async () => {
    const app = await runImage(image, {
      TABLE_NAME: freshTable(),
      DYNAMO_ENDPOINT: dynamo.endpoint,
      AWS_REGION: 'us-east-1',
      GIT_SHA: '3f2c1ab90d21',
    })
    const { url } = app
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({
      status: 'ok',
      commit: '3f2c1ab90d21',
    })
    const created = await fetch(`${url}/notes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"text":"kept"}',
    })
    expect(created.status).toBe(201)
    expect(app.healthCheck()).toBe(0)
    expect(app.execute('touch', '/tmp/upload')).toBe(0)
    expect(app.execute('touch', '/app/upload')).not.toBe(0)
    expect(await app.end()).toBe(0)
    expect(app.output()).toContain('"msg":"stopped"')
  })
})
