/** A client of server-sent events, as the HTML standard describes it. */
import { request, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { atEnd } from './serve.ts'

export interface ReceivedEvent {
  readonly event: string
  /** The last id so far. */
  readonly id: string
  readonly data: string
}

/** Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation */
export function parseEvents(text: string): ReceivedEvent[] {
  const events: ReceivedEvent[] = []
  let data: string[] = []
  let event = ''
  let id = ''
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line === '') {
      if (data.length > 0) events.push({ event: event || 'message', id, data: data.join('\n') })
      data = []
      event = ''
      continue
    }
    const [, field = '', value = ''] = /^([^:]*)(?:: ?)?(.*)$/s.exec(line) ?? []
    if (field === 'data') data.push(value)
    else if (field === 'event') event = value
    else if (field === 'id' && !value.includes('\0')) id = value
  }
  return events
}

export interface EventClient {
  readonly res: IncomingMessage
  /** Everything that came so far. */
  readonly text: string
  readonly events: readonly ReceivedEvent[]
  /** Over, and with an end, as opposed to a broken connection. */
  readonly ended: boolean
  readonly closed: boolean
  /** Stops reading, and lets the system's buffers fill. */
  pause(): void
  leave(): void
}

export async function listenTo(
  { port }: { port: number },
  path: string,
  headers: Record<string, string> = {},
): Promise<EventClient> {
  const req = request({ host: '127.0.0.1', port, path, agent: false, headers })
  req.on('error', () => undefined).end()
  atEnd(() => req.destroy())
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  let text = ''
  let closed = false
  res.setEncoding('utf8')
  res.on('data', (chunk: string) => (text += chunk)).on('error', () => undefined)
  res.on('close', () => (closed = true))
  return {
    res,
    get text() {
      return text
    },
    get events() {
      return parseEvents(text)
    },
    get ended() {
      return closed && res.complete
    },
    get closed() {
      return closed
    },
    pause: () => void res.pause(),
    leave: () => req.destroy(),
  }
}
