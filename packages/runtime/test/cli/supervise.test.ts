import { expect, it, onTestFinished, vi } from 'vitest'
import type { AppProcess, Ended, Loaded } from '../../src/cli/dev/app-process.ts'
import { pendingChanges } from '../../src/cli/dev/changes.ts'
import type { AppFacts, Version } from '../../src/cli/dev/messages.ts'
import { supervise, type Happenings } from '../../src/cli/dev/supervise.ts'

const facts = { port: 1 } as AppFacts
const version: Version = {
  number: 1,
  configFile: '/freeda.config.ts',
  config: undefined,
  plugins: {},
  environment: {},
}

/** A session whose processes load when they are told to: real ones are too fast to come in between. */
function session() {
  const shown: string[] = []
  const changes = pendingChanges()
  const loads: (() => void)[] = []
  let hash = 'a'
  const newProcess = (): AppProcess => {
    let end: (ended: Ended) => void = () => {}
    const ended = new Promise<Ended>((resolve) => (end = resolve))
    const close = () => end({ code: 0, signal: null })
    return {
      load: () =>
        new Promise<Loaded>((resolve) => loads.push(() => resolve({ type: 'planned', plugins: 0 }))),
      run: async () => ({ type: 'ready', facts }),
      stop: async () => (close(), ended),
      kill: close,
      ended,
    }
  }
  const happenings: Happenings = {
    ready: (_facts, _before, { reasons }) => shown.push(`ready after ${reasons.join()}`),
    unchanged: (reasons) => shown.push(`unchanged after ${reasons.join()}`),
    failed: (_report, what) => shown.push(what),
    wentBack: () => shown.push('went back'),
    ended: (how) => shown.push(how),
    stopsSlowly: () => shown.push('stops slowly'),
    wasKilled: () => shown.push('was killed'),
  }
  const supervisor = supervise({
    preparation: {
      prepare: async () => ({ type: 'version', version, hash }),
      want: () => {},
      tidy: async () => {},
      files: [],
    },
    standby: { prepare: () => {}, take: newProcess, kill: () => {} },
    changes,
    happenings,
    watch: () => {},
  })
  onTestFinished(() => supervisor.stop())
  changes.add(['the start'])
  void supervisor.run()
  const untilLoads = (count: number) => vi.waitFor(() => expect(loads).toHaveLength(count))
  const untilShown = (...lines: string[]) => vi.waitFor(() => expect(shown).toEqual(lines))
  return { changes, loads, untilLoads, untilShown, save: (next: string) => (hash = next) }
}

it('restarts for a key although a save overtakes it that changes nothing', async () => {
  const { changes, loads, untilLoads, untilShown } = session()
  await untilLoads(1)
  loads[0]!()
  await untilShown('ready after the start')
  changes.add(['r'], { forced: true })
  await untilLoads(2)
  changes.add(['a.ts'])
  await untilLoads(3)
  loads[2]!()
  await untilShown('ready after the start', 'ready after a.ts')
  changes.add(['b.ts'])
  await untilShown('ready after the start', 'ready after a.ts', 'unchanged after b.ts')
})

it('takes the newest of two versions, the first of which was never launched', async () => {
  const { changes, loads, untilLoads, untilShown, save } = session()
  await untilLoads(1)
  loads[0]!()
  await untilShown('ready after the start')
  save('b')
  changes.add(['a.ts'])
  await untilLoads(2)
  save('a')
  changes.add(['a.ts'])
  await untilShown('ready after the start', 'unchanged after a.ts')
})
