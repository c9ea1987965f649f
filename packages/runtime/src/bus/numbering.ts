/** Numbers of messages: by them a subscriber notices that one was lost on its way. */

/** Topics that are published on, and publishers that are heard; the one that was quiet for longest is forgotten. */
const maxKnown = 10_000

/** @returns what was forgotten for it, if anything */
function remember<T>(known: Map<string, T>, name: string, value: T): T | undefined {
  known.delete(name)
  known.set(name, value)
  if (known.size <= maxKnown) return undefined
  const [quietest, forgotten] = known.entries().next().value!
  known.delete(quietest)
  return forgotten
}

/** How a message says what came before it. */
export interface Numbered {
  /** Rises by one, of one publisher on one topic. */
  readonly number: number
  /** The last one that its publisher could not hand on, unless it told so since; 0 for none. */
  readonly lost: number
}

export interface Numbering {
  /** A topic that was forgotten goes on with a hole. */
  next(topic: string): Numbered
  /** What became of a message. */
  settle(topic: string, numbered: Numbered, isHandedOn: boolean): void
}

/** What one publisher says. */
export function createNumbering(): Numbering {
  const last = new Map<string, { readonly number: number; lost: number }>()
  /** No topic that was forgotten had a greater number, so that none is given twice. */
  let base = 0
  return {
    next(topic) {
      const before = last.get(topic) ?? { number: base, lost: 0 }
      const numbered = { number: before.number + 1, lost: before.lost }
      const forgotten = remember(last, topic, { ...numbered })
      if (forgotten !== undefined) base = Math.max(base, forgotten.number)
      return numbered
    },
    settle(topic, { number, lost }, isHandedOn) {
      const known = last.get(topic)
      if (known === undefined) return
      if (!isHandedOn) known.lost = Math.max(known.lost, number)
      else if (known.lost === lost) known.lost = 0
    },
  }
}

/** `late`: twice, or after those that were published later; its loss was told. */
export type Heard = 'next' | 'after a loss' | 'late'

/**
 * What one subscriber of a topic heard of each publisher. It is not forgotten while the connection is away: a publisher whose
 * connection comes back later loses messages after the subscriber was told of its own gap.
 */
export function createHearing(): (origin: string, numbered: Numbered) => Heard {
  /** Numbers: the last that was heard, and the first of those without a hole; 0 once a loss was told, which covers all before. */
  const known = new Map<string, { readonly last: number; readonly since: number }>()
  return (origin, { number, lost }) => {
    const before = known.get(origin)
    if (before !== undefined && number <= before.last) return 'late'
    // Of one that was not heard before nobody knows what was before; but what it says itself.
    const isLost =
      before === undefined ? lost > 0 : number !== before.last + 1 || (lost > 0 && lost < before.since)
    remember(known, origin, { last: number, since: isLost ? 0 : (before?.since ?? number) })
    return isLost ? 'after a loss' : 'next'
  }
}
