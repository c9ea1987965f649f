import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { root } from '../docs/code-blocks.ts'
import { spawnApp } from './spawn-app.ts'

const freeda = join(root, 'packages/runtime/bin/freeda.js')
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'

/** Inside the workspace, so that packages resolve. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(root, 'test/e2e/.app-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}

const app = {
  'package.json': '{ "type": "module" }',
  'desk.ts': `import { definePlugin } from '@freeda/runtime'
export default definePlugin({ name: 'desk', freeda: '^1.0.0', setup({ router, log }) {
  router.get('/:id', (ctx) => { log.debug('looked'); ctx.body = {} })
} })`,
  'freeda.config.ts': `import desk from './desk.ts'
export default { name: 'desk', server: { host: '127.0.0.1', drain: 0 },
  metrics: { port: 0, host: '127.0.0.1', emf: { namespace: 'desk' } }, plugins: [desk()] }`,
  'tracing.mjs': `import { NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
const write = ({ name, kind, parentSpanContext }) =>
  process.stderr.write(JSON.stringify({ span: name, kind, parent: parentSpanContext?.spanId }) + '\\n')
const exporter = { export: (spans, done) => { spans.forEach(write); done({ code: 0 }) }, shutdown: async () => {} }
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register()`,
}

describe('an app in production that is looked at', () => {
  it('shows metrics on a port of its own, changes its log level, and writes for CloudWatch when it stops', async () => {
    const desk = await spawnApp({
      command: [freeda, 'start'],
      cwd: folderWith(app),
      env: { NODE_ENV: 'production' },
    })
    const ops = /"metrics":"([^"]+)"/.exec(desk.output())?.[1]
    await fetch(`${desk.url}/desk/1`)
    expect(await (await fetch(`${ops}/metrics`)).text()).toContain(
      'http_requests_total{method="GET",route="/desk/:id",status="200"} 1',
    )
    await fetch(`${ops}/log-level`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{ "level": "debug", "for": "1h" }',
    })
    await fetch(`${desk.url}/desk/2`)
    await expect.poll(desk.output).toContain('"msg":"looked"')
    // The hour that the level would stay keeps nobody waiting.
    expect(await desk.end('SIGTERM')).toEqual({ code: 0, signal: null })
    const documents = () =>
      desk
        .output()
        .split('\n')
        .filter((line) => line.startsWith('{"_aws"'))
        .map((line) => JSON.parse(line) as object)
    await expect
      .poll(documents)
      .toEqual([expect.objectContaining({ app: 'desk', Requests: 2, Errors: 0, InFlight: 0 })])
  })

  it("makes spans when an SDK was loaded before it, and goes on with the caller's trace", async () => {
    const desk = await spawnApp({
      command: ['--import', './tracing.mjs', freeda, 'start'],
      cwd: folderWith(app),
      env: { NODE_ENV: 'production' },
    })
    await fetch(`${desk.url}/desk/1`, { headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } })
    await expect.poll(desk.output).toContain(`"traceId":"${traceId}"`)
    await expect.poll(desk.output).toContain('{"span":"GET /desk/:id","kind":1,"parent":"00f067aa0ba902b7"}')
  })
})
