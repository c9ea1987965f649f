/** Shows how far documents are: a bar on a terminal, a line now and then elsewhere. */
import type { Watch } from '../../migrate-app.ts'
import type { Output, Terminal } from '../terminal.ts'

export interface ProgressOptions {
  readonly output: Output
  /** Whether it can be drawn over. */
  readonly isLive: boolean
  readonly paint: Terminal['paint']
  readonly signal: AbortSignal
  /** Milliseconds. */
  readonly clock?: () => number
}

const drawEveryMs = 100
const lineEveryMs = 5000

export function progress({
  output,
  isLive,
  paint,
  signal,
  clock = () => performance.now(),
}: ProgressOptions): Watch {
  const draw = (text: string) => output.write(`\r\u001b[K${text}`)
  return {
    signal,
    stage(name, total, earlier = 0) {
      const beganAtMs = clock()
      let done = earlier
      let shownAtMs = isLive ? -Infinity : beganAtMs
      const facts = () => {
        // What was done before this run says nothing about how fast it is.
        const seconds = (clock() - beganAtMs) / 1000
        const rate = seconds > 0 ? (done - earlier) / seconds : 0
        return { name, done, total, rate }
      }
      const show = (nowMs: number) => {
        shownAtMs = nowMs
        // Some pseudo-terminals say 0.
        if (isLive) draw(barLine(facts(), output.columns || 80, paint))
        else output.write(`${plainLine(facts())}\n`)
      }
      if (isLive) show(beganAtMs)
      return {
        advance(documents = 1) {
          done += documents
          const nowMs = clock()
          if (nowMs - shownAtMs >= (isLive ? drawEveryMs : lineEveryMs)) show(nowMs)
        },
        end() {
          const seconds = ((clock() - beganAtMs) / 1000).toFixed(1)
          const line = `${name}: ${documents(done)}, ${seconds} s`
          if (isLive) draw(`${line}\n`)
          else output.write(`${line}\n`)
        },
      }
    },
  }
}

interface Facts {
  readonly name: string
  readonly done: number
  readonly total: number | undefined
  /** Documents a second. */
  readonly rate: number
}

export const documents = (count: number): string =>
  `${count.toLocaleString('en')} ${count === 1 ? 'document' : 'documents'}`

function pace({ done, total, rate }: Facts): string {
  const speed = `${Math.round(rate).toLocaleString('en')}/s`
  if (total === undefined || rate <= 0) return speed
  return `${speed}, ${duration(Math.max(0, total - done) / rate)} left`
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`
}

const percent = (done: number, total: number) =>
  total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100))

/** One whole sentence: it may be read out. */
function plainLine(facts: Facts): string {
  const { name, done, total } = facts
  const of = total === undefined ? '' : ` of ${total.toLocaleString('en')}`
  const share = total === undefined ? '' : ` (${percent(done, total)} %)`
  return `${name}: ${done.toLocaleString('en')}${of} documents${share}, ${pace(facts)}`
}

const barWidth = 24

function barLine(facts: Facts, columns: number, paint: Terminal['paint']): string {
  const { name, done, total } = facts
  if (total === undefined) return `${name}  ${documents(done)}  ${pace(facts)}`.slice(0, columns - 1)
  const share = percent(done, total)
  const filled = Math.round((share / 100) * barWidth)
  const text = `${name}  ${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}  ${share} %  ${pace(facts)}`
  if (text.length >= columns) return `${name} ${share} % ${pace(facts)}`.slice(0, columns - 1)
  return text.replace(/█+/, (bar) => paint('cyan', bar))
}
