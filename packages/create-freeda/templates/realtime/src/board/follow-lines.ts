import type { Bus, CollectionOf, EventStream } from '@freeda/runtime'
import type { Line, linesCollection } from './line.ts'

interface Sources {
  readonly lines: CollectionOf<typeof linesCollection>
  readonly bus: Bus
}

/**
 * Tells a reader of every new line. The bus tells at most once, so after a gap, and when a reader comes back, the lines
 * behind the last one are read; what the bus brings waits until then. Around that moment a line may come twice: readers
 * know it by its id.
 */
export async function followLines(stream: EventStream, { lines, bus }: Sources): Promise<void> {
  let last = seenBy(stream) ?? (await lines.query({ order: 'desc', limit: 1 })).items[0]?.id

  async function tell(line: Line): Promise<void> {
    last = line.id
    await stream.send({ event: 'line', id: line.id, data: line })
  }

  async function catchUp(): Promise<void> {
    try {
      for await (const line of lines.iterate(last === undefined ? {} : { range: { gt: last } }))
        await tell(line)
    } catch (error) {
      // The reader comes back, and reads from the last line on.
      stream.close()
      throw error
    }
  }

  let begin!: () => void
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const subscription = await bus.subscribe('lines', (line: Line) => begun.then(() => tell(line)), {
    onGap: () => begun.then(catchUp),
  })
  stream.closed.addEventListener('abort', subscription.unsubscribe, { once: true })
  if (stream.closed.aborted) return subscription.unsubscribe()
  await catchUp()
  begin()
}

/** The id of the last line of a reader who comes back. It comes from outside: what is no id is as good as none. */
const seenBy = ({ lastEventId = '' }: EventStream): string | undefined =>
  /^[\w-]{1,64}$/.test(lastEventId) ? lastEventId : undefined
