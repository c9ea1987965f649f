import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { freeda, project } from './cli-process.ts'

const config = `import { defineConfig, definePlugin } from '@freeda/runtime'

const first = definePlugin({
  name: 'first',
  freeda: '^1.0.0',
  setup({ onStop, log }) {
    onStop(() => log.info('first is stopped'))
  },
})
const slow = definePlugin({
  name: 'slow',
  freeda: '^1.0.0',
  async setup({ log, onStart }) {
    log.info('is being set up')
    process.once('SIGTERM', () => onceAsked())
    let onceAsked
    await new Promise((resolve) => (onceAsked = resolve))
    onStart(() => log.info('is started'))
  },
})

export default defineConfig({ plugins: [first(), slow()], server: { port: 0 } })
`

it('stops what was set up when it is asked to stop while it starts, and serves nothing', async () => {
  const { folder } = project({ 'freeda.config.mjs': config })
  const child = spawn(process.execPath, [freeda, 'start'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      if (!output.includes('is being set up') && String(chunk).includes('is being set up'))
        child.kill('SIGTERM')
      output += String(chunk)
    })
  expect(await ended).toEqual([0, null])
  expect(output).toContain('first is stopped')
  expect(output).toContain('stopped before it was ready')
  expect(output).not.toContain('"msg":"ready"')
})
