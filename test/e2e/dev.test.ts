import { existsSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { answering, devSession, onePlugin } from './dev-session.ts'

describe('freeda dev', { timeout: 60_000 }, () => {
  it('says what is served, and serves what is saved, on the same port, with the store open again', async () => {
    const dev = await devSession()
    await dev.shows('storage-json set up in')
    await dev.shows('/hello  GET')
    expect(await dev.get('/hello')).toBe('one')
    dev.write({ 'src/hello.ts': answering('hello', "'two'", "router.get('/more', () => null)") })
    await dev.shows(/Reloaded in \S+ m?s after src\/hello\.ts; new: GET \/hello\/more\./)
    expect(await dev.get('/hello')).toBe('two')
    expect(dev.output()).not.toContain('took over the lock')
    expect(await dev.end('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(existsSync(join(dev.folder, 'data/lock'))).toBe(false)
  })

  it('shows a mistake with its source, and keeps the last good version, until it is mended', async () => {
    const dev = await devSession()
    dev.write({ 'src/hello.ts': 'export default {\n  name: ,\n}\n' })
    await dev.shows('1 mistake in the code')
    await dev.shows('src/hello.ts:2:9: Unexpected ","')
    await dev.shows('> 2 |   name: ,\n        |         ^')
    await dev.shows('The last good version still runs.')
    expect(await dev.get('/hello')).toBe('one')
    dev.write({ 'src/hello.ts': "import './missing.ts'\nexport default 1\n" })
    await dev.shows('Correct the path, or make the file.')
    dev.write({
      'src/hello.ts': answering('hello', "'two'", 'await later()') + "import { later } from './later.ts'",
    })
    await dev.shows('Could not resolve "./later.ts"')
    expect(await dev.get('/hello')).toBe('one')
    dev.write({ 'src/later.ts': 'export const later = async () => {}' })
    await dev.shows('Reloaded')
    expect(await dev.get('/hello')).toBe('two')
  })

  it('brings the last good version back when the setup of the new one fails', async () => {
    const dev = await devSession()
    dev.write({ 'src/hello.ts': answering('hello', "'two'", "throw new Error('no luck')") })
    await dev.shows('Plugin "hello" failed in setup: no luck')
    await dev.shows('src/hello.ts:6:')
    await dev.shows(/> 6 .*no luck/)
    await dev.shows('The last good version runs again at')
    expect(await dev.get('/hello')).toBe('one')
    dev.write({ 'freeda.config.ts': 'export default { server: { prot: 0 } }' })
    await dev.shows('server.prot: is not an option.\n    → Did you mean "port"?')
    expect(await dev.get('/hello')).toBe('one')
    dev.write(onePlugin)
    dev.write({ 'src/hello.ts': answering('hello', "'three'") })
    await dev.shows('Reloaded')
    expect(await dev.get('/hello')).toBe('three')
  })

  it('reads .env, below the real environment, and says which line it does not understand', async () => {
    const dev = await devSession(
      {
        ...onePlugin,
        'src/hello.ts': answering('hello', '`${process.env.SHADE} ${process.env.SIZE}`'),
        '.env': '# comment\nSHADE=red\nSIZE=small\n',
      },
      { env: { SIZE: 'large' } },
    )
    expect(await dev.get('/hello')).toBe('red large')
    dev.write({ '.env': 'SHADE=blue\n' })
    await dev.shows(/Reloaded in \S+ m?s after \.env/)
    expect(await dev.get('/hello')).toBe('blue large')
    dev.write({ '.env': 'SHADE=green\nwhat is this\nX="open\n' })
    await dev.shows(/2 problems in .*\.env/)
    await dev.shows('line 2: is not NAME=value.')
    await dev.shows('line 3: has a " that is never closed.')
    expect(await dev.get('/hello')).toBe('blue large')
  })

  it('waits for a change when nothing can run at first: a port that is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as AddressInfo
    const config = (on: number) => onePlugin['freeda.config.ts'].replace('port: 0', `port: ${on}`)
    const dev = await devSession({ ...onePlugin, 'freeda.config.ts': config(port) }, { started: false })
    await dev.shows(`another process listens on port ${port}`)
    await dev.shows('Nothing runs.')
    holder.close()
    dev.write({ 'freeda.config.ts': config(0) })
    await dev.shows(/ runs at /)
    expect(await dev.get('/hello')).toBe('one')
  })

  it('goes on serving when the config is deleted, and takes it up again', async () => {
    const dev = await devSession()
    rmSync(join(dev.folder, 'freeda.config.ts'))
    await dev.shows('freeda.config.ts is gone. [FREEDA_CONFIG_NOT_FOUND]')
    expect(await dev.get('/hello')).toBe('one')
    dev.write({ ...onePlugin, 'src/hello.ts': answering('hello', "'two'") })
    await dev.shows('Reloaded')
    expect(await dev.get('/hello')).toBe('two')
  })

  it('watches plugins that the config names as text, and knows where each module lies', async () => {
    const dev = await devSession({
      'freeda.config.json': '{ "server": { "port": 0 }, "plugins": ["./src/hello.ts"] }',
      'src/hello.ts': answering(
        'hello',
        "import.meta.dirname + ' ' + new URL('x', import.meta.url).pathname",
      ),
    })
    const path = join(dev.folder, 'src')
    expect(await dev.get('/hello')).toBe(`${path} ${new URL(`file://${path}/x`).pathname}`)
    dev.write({ 'src/hello.ts': answering('hello', "'two'") })
    await dev.shows('Reloaded')
    expect(await dev.get('/hello')).toBe('two')
  })

  it('fails at once where there is no config', () => {
    return expect(
      devSession({}, { started: false }).then(async (dev) => {
        await dev.shows('[FREEDA_CONFIG_NOT_FOUND]')
        return dev.end(undefined)
      }),
    ).resolves.toMatchObject({ code: 1 })
  })
})
