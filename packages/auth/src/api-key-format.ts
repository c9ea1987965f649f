/**
 * How an API key is written: `prefix_<id>_<secret><checksum>`. The prefix tells people and scanners for leaked secrets
 * whose key it is, the checksum tells a typing mistake from a wrong key without asking the store.
 * Source: https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
 */
import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const idLength = 16
/** 62^43 > 2^256. */
const secretLength = 43
/** 62^6 > 2^32. */
const checksumLength = 6

export interface ApiKeyParts {
  readonly id: string
  /** What is kept instead of the key. */
  readonly hash: string
}

export const makeId = (): string => randomText(idLength)

/** Makes a new key for `id`. */
export function makeKey(prefix: string, id: string): { readonly key: string; readonly hash: string } {
  const body = `${prefix}_${id}_${randomText(secretLength)}`
  const key = body + checksum(body)
  return { key, hash: hashOf(key) }
}

/** `undefined` when it is no key of `prefix`, or mistyped. */
export function parseKey(prefix: string, text: string): ApiKeyParts | undefined {
  const idAt = prefix.length + 1
  const secretAt = idAt + idLength + 1
  const checksumAt = secretAt + secretLength
  if (text.length !== checksumAt + checksumLength || !text.startsWith(`${prefix}_`)) return undefined
  const id = text.slice(idAt, secretAt - 1)
  if (text[secretAt - 1] !== '_' || !/^[0-9A-Za-z]+$/.test(id)) return undefined
  if (!/^[0-9A-Za-z]+$/.test(text.slice(secretAt))) return undefined
  if (checksum(text.slice(0, checksumAt)) !== text.slice(checksumAt)) return undefined
  return { id, hash: hashOf(text) }
}

/**
 * SHA-256, once. A slow hash as bcrypt protects words that people choose; the secret here is 256 random bits, which
 * nobody guesses at any speed, and a slow hash would let anybody who sends keys take the processor.
 */
const hashOf = (key: string): string => createHash('sha256').update(key).digest('base64url')

function checksum(text: string): string {
  let rest = crc32(text)
  let digits = ''
  for (let i = 0; i < checksumLength; i++) {
    digits = alphabet[rest % 62]! + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}

function randomText(length: number): string {
  let text = ''
  while (text.length < length)
    for (const byte of randomBytes(length * 2)) {
      // 248 is 4 × 62: what is above would make some letters likelier than others.
      if (byte < 248 && text.length < length) text += alphabet[byte % 62]!
    }
  return text
}
