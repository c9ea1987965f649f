/** Passwords, kept as scrypt hashes with a salt of their own each. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

/** What a hash costs: memory is 128 · `blocks` · `rounds` bytes, done `lanes` times. */
export interface PasswordCost {
  /** scrypt's N, a power of two. */
  readonly rounds: number
  /** scrypt's r. */
  readonly blocks: number
  /** scrypt's p. */
  readonly lanes: number
}

export interface Passwords {
  hash(password: string): Promise<string>
  /** `undefined` costs as much as any hash and never matches, so that time does not tell who has an account. */
  matches(password: string, hash: string | undefined): Promise<boolean>
}

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt)
const hashBytes = 32
const saltBytes = 16

/** How many hashes are computed at once. They run in libuv's pool of four threads, where the store's files wait too. */
const maxConcurrent = 2

export function passwords(cost: PasswordCost): Passwords {
  const inTurn = atMost(maxConcurrent)

  const decoy = format(cost, randomBytes(saltBytes), randomBytes(hashBytes))

  return {
    async hash(password) {
      const salt = randomBytes(saltBytes)
      return format(cost, salt, await inTurn(() => deriveKey(password, salt, cost)))
    },

    async matches(password, stored) {
      const { salt, key, cost } = parse(stored ?? decoy)
      const given = await inTurn(() => deriveKey(password, salt, cost))
      return timingSafeEqual(given, key) && stored !== undefined
    },
  }
}

const format = ({ rounds, blocks, lanes }: PasswordCost, salt: Buffer, key: Buffer): string =>
  ['scrypt', rounds, blocks, lanes, salt.toString('base64'), key.toString('base64')].join('$')

/** The hash says itself how it was made: raising the cost leaves old ones valid. */
function parse(stored: string) {
  const [, rounds, blocks, lanes, salt = '', key = ''] = stored.split('$')
  return {
    cost: { rounds: Number(rounds), blocks: Number(blocks), lanes: Number(lanes) },
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  }
}

/** One text has one password, however its accents were typed. */
const deriveKey = (password: string, salt: Buffer, { rounds, blocks, lanes }: PasswordCost) =>
  derive(password.normalize('NFKC'), salt, hashBytes, {
    N: rounds,
    r: blocks,
    p: lanes,
    // Twice what RFC 7914 says it takes; Node's default is less than OWASP wants.
    maxmem: 256 * blocks * (rounds + lanes + 2),
  })

function atMost(count: number) {
  const waiting: (() => void)[] = []
  let running = 0
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= count) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      // Hands its place on, so that nobody who comes now can take it from whoever waits.
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
