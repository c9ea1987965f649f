import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freeda, project } from '../e2e/cli-process.ts'
import { answering, devSession, onePlugin } from '../e2e/dev-session.ts'

describe('freeda dev, for long', () => {
  it('ends an app that hangs when it stops, says so, and goes on', async () => {
    const dev = await devSession({
      ...onePlugin,
      'src/hello.ts': answering('hello', "'one'", 'onStop(() => { for (;;); })'),
    })
    dev.write({ 'src/hello.ts': answering('hello', "'two'") })
    await dev.shows('The app takes its time to stop')
    await dev.shows('The app did not stop and was ended')
    await dev.shows('Reloaded')
    expect(await dev.get('/hello')).toBe('two')
  })

  it('takes up a change while a setup hangs', async () => {
    const dev = await devSession()
    dev.write({
      'src/hello.ts': answering('hello', "'two'", "console.log('hanging'); await new Promise(() => {})"),
    })
    await dev.shows('hanging')
    dev.write({ 'src/hello.ts': answering('hello', "'three'") })
    await dev.shows('Reloaded')
    expect(await dev.get('/hello')).toBe('three')
  })

  it('lets requests under way finish, and cuts off an endless one', async () => {
    const slow = answering('hello', "'one'", 'router.get("/slow", () => new Promise(() => {}))')
    const dev = await devSession({ ...onePlugin, 'src/hello.ts': slow })
    const hanging = dev.get('/hello/slow')
    dev.write({ 'src/hello.ts': answering('hello', "'two'") })
    await dev.shows('Reloaded')
    await hanging
    expect(dev.output()).not.toContain('was ended')
    expect(await dev.get('/hello')).toBe('two')
  })

  it('ends up with the last of many saves', async () => {
    const dev = await devSession()
    for (let save = 0; save <= 200; save++) {
      dev.write({ 'src/hello.ts': answering('hello', `'save ${save}'`) })
      if (save % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await expect.poll(() => dev.get('/hello'), { timeout: 60_000 }).toBe('save 200')
  })

  it('leaks nothing in 50 reloads: no process, no open file, no bundle', async () => {
    const dev = await devSession()
    const openFiles = () => readdirSync(`/proc/${dev.pid}/fd`).length
    const children = () =>
      spawnSync('ps', ['--no-headers', '-o', 'pid', '--ppid', String(dev.pid)], { encoding: 'utf8' })
        .stdout.trim()
        .split('\n').length
    const reload = async (number: number) => {
      dev.write({ 'src/hello.ts': answering('hello', `'${number}'`) })
      await dev.shows('Reloaded')
      expect(await dev.get('/hello')).toBe(String(number))
    }
    await reload(1)
    // esbuild, the app, and the one that waits.
    await expect.poll(children).toBe(3)
    const before = openFiles()
    for (let number = 2; number <= 51; number++) await reload(number)
    await expect.poll(children).toBe(3)
    await expect.poll(openFiles).toBeLessThanOrEqual(before + 1)
    const folder = bundlesOf(dev.pid)
    expect(readdirSync(folder).length).toBeLessThanOrEqual(1)
    expect(await dev.end('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(() => readdirSync(folder)).toThrow('ENOENT')
  })

  it('stops its app when it is killed itself', async () => {
    const dev = await devSession()
    await dev.end('SIGKILL')
    await expect.poll(() => dev.get('/hello'), { timeout: 15_000 }).toBeUndefined()
  })
})

/** The temporary folder that a process writes bundles to. */
const bundlesOf = (pid: number): string =>
  join(
    tmpdir(),
    readdirSync(tmpdir()).find((name) => name.startsWith(`freeda-dev-${pid}-`))!,
  )

// eslint-disable-next-line no-control-regex -- that is what they are
const control = /\u001b\[[0-9;?]*[A-Za-z]|\u001b[=>]|[\u0007\u0008]/g

/** A pseudo-terminal by `script` of util-linux, 60 columns wide. */
async function terminal(command: string, cwd: string) {
  const { NODE_ENV: _, CI: __, NO_COLOR: ___, ...env } = process.env
  const child = spawn(
    'script',
    ['--quiet', '--return', '--command', `stty cols 60; exec ${command}`, '/dev/null'],
    {
      cwd,
      env: { ...env, TERM: 'xterm' },
    },
  )
  const ended = once(child, 'exit') as Promise<[number | null]>
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  onTestFinished(() => void child.kill('SIGKILL'))
  return {
    type: (keys: string) => void child.stdin.write(keys),
    /** Without what moves the cursor: zsh draws a line in pieces. */
    shows: (what: string | RegExp) =>
      expect.poll(() => output.replaceAll(control, ''), { timeout: 30_000 }).toMatch(what),
    clear: () => void (output = ''),
    output: () => output,
    code: async () => (await ended)[0],
  }
}

describe('on a terminal', () => {
  const start = `'${process.execPath}' '${freeda}' dev`

  it('takes single keys, all of them, also while and after it restarts', async () => {
    const { folder } = project(onePlugin)
    const tty = await terminal(start, folder)
    await tty.shows('Keys: r restarts')
    expect(tty.output()).toContain('\u001b[1m')
    for (let round = 0; round < 3; round++) {
      tty.clear()
      tty.type('rho')
      await tty.shows(/Keys: r restarts[\s\S]*Reloaded/)
      tty.type('o')
      await tty.shows('/hello')
    }
    tty.type('q')
    expect(await tty.code()).toBe(0)
  })

  it('stops at Ctrl-C, and at once at a second one', async () => {
    const { folder, write } = project(onePlugin)
    const patient = await terminal(start, folder)
    await patient.shows('Keys:')
    patient.type('\u0003')
    expect(await patient.code()).toBe(0)
    write({
      'src/hello.ts': answering('hello', "'one'", "onStop(() => { console.log('stuck'); for (;;); })"),
    })
    const impatient = await terminal(start, folder)
    await impatient.shows('Keys:')
    impatient.type('\u0003')
    await impatient.shows('stuck')
    impatient.type('\u0003')
    expect(await impatient.code()).toBe(130)
  })
})

const has = (shell: string) => spawnSync(shell, ['--version']).status === 0

describe('completion', () => {
  const script = (shell: string) => {
    const made = project({})
    made.write({ completion: made.run(['completion', shell]).stdout })
    return made.folder
  }

  it.runIf(has('fish'))('works in fish', () => {
    const folder = script('fish')
    const complete = (line: string) =>
      spawnSync('fish', ['-c', `source completion; complete -C '${line}'`], { cwd: folder, encoding: 'utf8' })
        .stdout
    expect(complete('freeda do')).toMatch(/^doctor\t/)
    expect(complete('freeda generate dri')).toMatch(/^driver$/m)
    expect(complete('freeda dev --conf')).toMatch(/^--config\t/)
  })

  it.runIf(has('zsh'))('works in zsh', async () => {
    const folder = script('zsh')
    const zsh = await terminal('zsh -f -i', folder)
    zsh.type('autoload -Uz compinit; compinit -u -D; source ./completion; echo re""ady\n')
    await zsh.shows('ready')
    zsh.type('freeda doct\t')
    await zsh.shows(/doctor/)
    zsh.type('\u0015freeda generate dri\t')
    await zsh.shows(/driver/)
    zsh.type('\u0015exit\n')
  })
})
