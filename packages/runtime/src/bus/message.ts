/** Messages as they lie in queues, and as they travel. */
import { FreedaError } from '../errors.ts'
import type { Numbered } from './numbering.ts'
import { packValue, unpackEncoded, unpackText, type UnpackedValue } from '../storage/pack-value.ts'

/** A message that is larger should name a document instead. */
const maxBytes = 262_144

/** For one listener after the other; each may keep what it gets. */
export interface Message {
  read(): unknown
  /** What it takes in a queue, roughly. */
  readonly bytes: number
}

const messageOf = ({ value, encoded, shareable }: UnpackedValue, bytes: number): Message => ({
  bytes,
  // Dates and bytes cannot be frozen, so that each listener gets its own.
  read: () => (shareable ? value : unpackEncoded(encoded).value),
})

/** @throws FREEDA_VALIDATION, FREEDA_ITEM_TOO_LARGE */
export function packMessage(topic: string, value: unknown): { message: Message; text: string } {
  const what = `The message on the topic "${topic}"`
  const packed = packValue(what, value)
  const { text, bytes } = packed
  if (bytes > maxBytes) throw new FreedaError('FREEDA_ITEM_TOO_LARGE', { what, bytes, maxBytes })
  return { message: messageOf(packed, bytes), text }
}

/** What travels: who published it, its number, and the message. */
export interface Envelope extends Numbered {
  readonly origin: string
  readonly text: string
}

export const envelopeText = ({ origin, number, lost, text }: Envelope): string =>
  `${origin} ${number} ${lost} ${text}`

const envelopeHead = /^(\S+) ([1-9]\d{0,14}) (0|[1-9]\d{0,14}) /

/** `undefined`: somebody else's. */
export function parseEnvelope(envelope: string): Envelope | undefined {
  const [head, origin, number, lost] = envelopeHead.exec(envelope) ?? []
  if (head === undefined || origin === undefined) return undefined
  return { origin, number: Number(number), lost: Number(lost), text: envelope.slice(head.length) }
}

/** @throws SyntaxError when it is none of ours */
export const openText = (text: string): Message => messageOf(unpackText(text), text.length)
