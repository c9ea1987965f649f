/** Numbers of messages: by them a subscriber notices that one was lost on its way. */

/** Topics that are published on, and publishers that are heard; the one that was quiet for longest is forgotten. */
const maxKnown = 10_000

function remember<T>(known: Map<string, T>, name: string, value: T): void {
  known.delete(name)
  known.set(name, value)
  if (known.size > maxKnown) known.delete(known.keys().next().value!)
}

/** How a message says what came before it. */
export interface Numbered {
  /** From 1, of one publisher on one topic. */
  readonly number: number
  /** The last one that its publisher could not hand on, unless it told so since; 0 for none. */
  readonly lost: number
}

export interface Numbering {
  /** A topic that was forgotten begins anew. */
  next(topic: string): Numbered
  /** What became of a message. */
  settle(topic: string, numbered: Numbered, isHandedOn: boolean): void
}

/** What one publisher says. */
export function createNumbering(): Numbering {
  const last = new Map<string, { readonly number: number; lost: number }>()
  return {
    next(topic) {
      const { number, lost } = last.get(topic) ?? { number: 0, lost: 0 }
      remember(last, topic, { number: number + 1, lost })
      return { number: number + 1, lost }
    },
    settle(topic, { number, lost }, isHandedOn) {
      const known = last.get(topic)
      if (known === undefined) return
      if (!isHandedOn) known.lost = Math.max(known.lost, number)
      else if (known.lost === lost) known.lost = 0
    },
  }
}

export type Heard = 'new' | 'again' | 'after a loss'

/**
 * What one subscriber of a topic heard of each publisher. It is not forgotten while the connection is away: a publisher whose
 * connection comes back later loses messages after the subscriber was told of its own gap.
 */
export function createHearing(): (origin: string, numbered: Numbered) => Heard {
  /** Numbers: the last that was heard, and the first of those without a hole; 0 once a loss was told, which covers all before. */
  const known = new Map<string, { readonly last: number; readonly since: number }>()
  return (origin, { number, lost }) => {
    const before = known.get(origin)
    if (number === before?.last) return 'again'
    // Of one that was not heard before, or that began anew, nobody knows what was before; but what it says itself.
    const isFirst = before === undefined || number === 1
    const isLost = isFirst ? lost > 0 : number !== before.last + 1 || (lost > 0 && lost < before.since)
    remember(known, origin, { last: number, since: isLost ? 0 : isFirst ? number : before.since })
    return isLost ? 'after a loss' : 'new'
  }
}
