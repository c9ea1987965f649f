/** Reads the members of one large JSON object one by one, without ever holding all of it. */
import { createReadStream } from 'node:fs'

export interface ObjectEntry {
  readonly key: string
  readonly value: unknown
}

/** What is wrong with a file, and at which byte. */
export class ObjectFault extends Error {}

/** No entry of a file that is meant to be documents of 400 KB is larger. */
const maxEntryBytes = 16 * 1024 * 1024

const quote = 0x22
const backslash = 0x5c
const openers: ReadonlySet<number> = new Set([0x7b, 0x5b])
const closers: ReadonlySet<number> = new Set([0x7d, 0x5d])
const comma = 0x2c
const openBrace = 0x7b
const closeBrace = 0x7d
const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/**
 * The members of the object in a file, in order. Structure is found by bytes: in UTF-8 those of JSON's punctuation occur
 * in nothing else. Each member is then parsed as JSON.
 * @throws ObjectFault
 */
export async function* objectEntries(file: string): AsyncGenerator<ObjectEntry> {
  const cutter = memberCutter()
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>)
    for (const member of cutter.cut(chunk)) yield parseMember(member)
  cutter.end()
}

interface Member {
  readonly text: string
  readonly offset: number
}

function memberCutter() {
  let depth = 0
  let inText = false
  let isEscaped = false
  let ended = false
  let hasMembers = false
  let offset = 0
  let memberAt = 0
  let parts: Buffer[] = []
  let partBytes = 0

  const keep = (piece: Buffer) => {
    if (piece.length === 0) return
    parts.push(Buffer.from(piece))
    partBytes += piece.length
    if (partBytes > maxEntryBytes)
      throw new ObjectFault(`the member at byte ${memberAt} has more than ${maxEntryBytes} bytes.`)
  }
  const take = (): Member => {
    const member = { text: Buffer.concat(parts).toString('utf8'), offset: memberAt }
    parts = []
    partBytes = 0
    return member
  }

  return {
    *cut(chunk: Buffer): Generator<Member> {
      let start = 0
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at]!
        if (inText) {
          if (isEscaped) isEscaped = false
          else if (byte === backslash) isEscaped = true
          else if (byte === quote) inText = false
        } else if (depth === 0) {
          if (isSpace(byte) || (offset + at < 3 && isByteOrderMark(byte))) continue
          if (ended) throw new ObjectFault(`there is something after the object, at byte ${offset + at}.`)
          if (byte !== openBrace)
            throw new ObjectFault('it is not an object: it must look like { "<id>": { … }, … }.')
          depth = 1
          start = at + 1
          memberAt = offset + start
        } else if (byte === quote) inText = true
        else if (openers.has(byte)) depth++
        else if (depth === 1 && (byte === comma || closers.has(byte))) {
          keep(chunk.subarray(start, at))
          const member = take()
          const isEmpty = member.text.trim() === ''
          if (isEmpty && (byte === comma || hasMembers))
            throw new ObjectFault(`a member is missing before byte ${offset + at}.`)
          if (!isEmpty) yield member
          hasMembers = true
          start = at + 1
          memberAt = offset + start
          if (byte !== comma) {
            if (byte !== closeBrace)
              throw new ObjectFault(`there is a "]" where "}" must be, at byte ${offset + at}.`)
            depth = 0
            ended = true
          }
        } else if (closers.has(byte)) depth--
      }
      if (depth > 0) keep(chunk.subarray(start))
      offset += chunk.length
    },
    end() {
      if (!ended) throw new ObjectFault(`it ends, at byte ${offset}, before the object does.`)
    },
  }
}

const isByteOrderMark = (byte: number) => byte === 0xef || byte === 0xbb || byte === 0xbf

/** Parsed as an object of one member: of a name that comes twice, both are seen. */
function parseMember({ text, offset }: Member): ObjectEntry {
  let object: Record<string, unknown>
  try {
    object = JSON.parse(`{${text}}`) as Record<string, unknown>
  } catch (error) {
    throw new ObjectFault(
      `the member at byte ${offset} is not valid JSON: ${error instanceof Error ? error.message : ''}`,
      { cause: error },
    )
  }
  const key = Object.keys(object)[0]!
  return { key, value: object[key] }
}
