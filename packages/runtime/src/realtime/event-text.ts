/** An event as it goes over the wire. Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream */
import type { ServerEvent } from '../realtime.ts'

/** A comment, which clients skip; keeps whatever is in between from closing an idle connection. */
export const heartbeatText = ':\n\n'

export const retryText = (ms: number): string => `retry: ${ms}\n\n`

/** @throws TypeError when the data cannot be said in JSON, or `retry` is no number of milliseconds */
export function eventText({ data, event, id, retry }: ServerEvent): string {
  let text = ''
  if (event !== undefined) text += `event: ${oneLine(event)}\n`
  if (id !== undefined) text += `id: ${oneLine(id)}\n`
  if (retry !== undefined) {
    if (!Number.isFinite(retry) || retry < 0)
      throw new TypeError('`retry` of an event must be a number of milliseconds.')
    text += `retry: ${Math.round(retry)}\n`
  }
  return `${text}${dataLines(textOf(data))}\n`
}

/** Text stays text, everything else becomes JSON. @throws TypeError when it cannot */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  const json: string | undefined = JSON.stringify(value)
  if (json === undefined) throw new TypeError(`A value of type ${typeof value} cannot be sent as JSON.`)
  return json
}

const lineBreak = /\r\n|\r|\n/

const dataLines = (data: string): string =>
  lineBreak.test(data)
    ? data
        .split(lineBreak)
        .map((line) => `data: ${line}\n`)
        .join('')
    : `data: ${data}\n`

/** A line break would begin a field of its own, which may be what somebody wants who wrote the text; NUL voids an id. */
const oneLine = (text: string): string => text.replace(/[\r\n\0]+/g, ' ')
