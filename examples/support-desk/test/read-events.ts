/** The events of an answer, as they come. */
export interface LiveEvent<T> {
  readonly id: string
  readonly data: T
}

/** Reads until `enough` holds of what came, then leaves. */
export async function readEvents<T>(
  response: Response,
  enough: (events: readonly LiveEvent<T>[]) => boolean,
): Promise<LiveEvent<T>[]> {
  const events: LiveEvent<T>[] = []
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!enough(events)) {
    const { done, value } = await reader.read()
    if (done) return events
    const blocks = (text + value).split('\n\n')
    text = blocks.pop()!
    for (const block of blocks) {
      const id = /^id: (.*)$/m.exec(block)?.[1]
      const data = /^data: (.*)$/m.exec(block)?.[1]
      if (id !== undefined && data !== undefined) events.push({ id, data: JSON.parse(data) as T })
    }
  }
  await reader.cancel()
  return events
}

/** The texts of this many messages. */
export const count =
  (n: number) =>
  (events: readonly unknown[]): boolean =>
    events.length >= n
