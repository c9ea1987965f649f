/**
 * `Idempotency-Key`: a request that is sent again gets the first answer again. The key is claimed before the handler
 * runs and the answer is kept before it is sent, so a handler never runs twice for one key: when nobody knows how the
 * first run ended, a repetition is refused.
 * Source: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
import { createHash } from 'node:crypto'
import { FreedaError, isFreedaError, type ErrorCode } from '../errors.ts'
import { httpProblem } from '../http.ts'
import { isReply } from '../route.ts'
import type { Storage } from '../storage.ts'
import { readJson } from '../exchange/body.ts'
import { exchangeOf, isAbort, type ExchangeContext } from '../exchange/exchange.ts'
import { answerOfError, capture, replay, type KeptAnswer } from '../exchange/kept-answer.ts'
import { claimsCollection, type IdempotencyStore } from '../exchange/idempotency-store.ts'
import type { RouteDefinition } from './route-definition.ts'

const keptSeconds = 24 * 60 * 60
const graceMs = 5_000

/**
 * The store that the routes of an app need, if any of them does.
 * @param options of HTTP; `handlerTimeoutMs` 0 for any
 * @throws FREEDA_ROUTE_DEFINITION when they need one and there is none
 */
export function idempotencyOf(
  routes: readonly RouteDefinition[],
  {
    storage,
    handlerTimeoutMs,
  }: { readonly storage?: Storage | undefined; readonly handlerTimeoutMs: number },
): IdempotencyStore | undefined {
  const wanting = routes.filter(({ spec }) => spec.idempotent === true)
  if (wanting.length === 0) return undefined
  if (storage === undefined)
    throw new FreedaError('FREEDA_ROUTE_DEFINITION', {
      route: wanting.map(({ method, path, plugin }) => `${method} ${path} (plugin "${plugin}")`).join(', '),
      reason:
        '`idempotent` keeps answers in storage, and no plugin of this app provides any. Add one, e.g. json() from @freeda/storage-json.',
    })
  return {
    claims: storage.collection(claimsCollection),
    runMs: (handlerTimeoutMs === 0 ? 60_000 : handlerTimeoutMs) + graceMs,
  }
}

/** One request's way through the handler: `call` runs it, `send` sends what it returned. */
export interface Run {
  readonly call: () => unknown
  readonly send: (returned: unknown) => void | Promise<void>
  /** What `send` would send, for an answer that comes too late to be sent. */
  readonly unsent: (returned: unknown) => Promise<KeptAnswer>
}

/**
 * Runs a handler once for each key.
 * @throws a 400, 409 or 422 problem, storage's errors, and what the handler throws
 */
export async function runOnce(
  route: RouteDefinition,
  ctx: ExchangeContext,
  { claims, runMs }: IdempotencyStore,
  run: Run,
): Promise<void> {
  const key = keyFrom(ctx.req.headers['idempotency-key'])
  const id = digest([route.method, route.path, ctx.principal?.scheme, ctx.principal?.id, key])
  const body: unknown = route.spec.body === undefined ? null : await readJson(ctx[exchangeOf])
  const fingerprint = digest([ctx.method, ctx[exchangeOf].req.url, body])
  const now = Date.now()
  const claim = { fingerprint, claimedAtMs: now, expiresAt: Math.floor(now / 1_000) + keptSeconds }
  try {
    await claims.create(claim, { id })
  } catch (error) {
    if (!isFreedaError(error, 'FREEDA_CONFLICT')) throw error
    const first = await claims.get(id)
    if (first === undefined) throw inProgress()
    if (first.fingerprint !== fingerprint) throw reused()
    if (first.answer === undefined) throw now - first.claimedAtMs < runMs ? inProgress() : outcomeUnknown()
    return replay(ctx, first.answer)
  }
  const keep = (answer: KeptAnswer) => keepAnswer(ctx, () => claims.put(id, { ...claim, answer }))
  let returned: unknown
  try {
    returned = await run.call()
    const { expired, settled } = ctx[exchangeOf]
    if (expired || settled) return await keep(await run.unsent(returned))
    await run.send(returned)
  } catch (error) {
    await settleError(ctx, error, keep, () => claims.delete(id))
    throw error
  }
  await keep(capture(ctx, isReply(returned) ? Object.keys(returned.headers) : []))
}

/** Nothing happened, says the store, so that the same key may be tried again. */
const undone: ReadonlySet<ErrorCode> = new Set(['FREEDA_THROTTLED', 'FREEDA_UNAVAILABLE'])

async function settleError(
  ctx: ExchangeContext,
  error: unknown,
  keep: (answer: KeptAnswer) => Promise<void>,
  release: () => Promise<unknown>,
): Promise<void> {
  // The handler gave up where it stood, as its signal told it to.
  if (isAbort(ctx[exchangeOf], error)) return
  if (isFreedaError(error) && undone.has(error.code)) return keepAnswer(ctx, release)
  return keep(answerOfError(ctx, error))
}

/** The work is done: what fails here must not make a failure of it. The claim stays, and a repetition is refused. */
async function keepAnswer(ctx: ExchangeContext, write: () => Promise<unknown>): Promise<void> {
  try {
    await write()
  } catch (err) {
    ctx.log.error({ err }, 'the answer to an Idempotency-Key could not be kept')
  }
}

const digest = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url')

/** As a structured field, in quotes, or bare, as most clients send it. */
function keyFrom(header: string | string[] | undefined): string {
  const key = typeof header === 'string' ? header.trim().replace(/^"(.*)"$/, '$1') : ''
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw httpProblem(400, {
    code: 'idempotency_key_malformed',
    detail: 'An Idempotency-Key has 1 to 255 visible ASCII characters.',
  })
}

const reused = () =>
  httpProblem(422, {
    code: 'idempotency_key_reused',
    detail: 'The same Idempotency-Key came before with another request.',
  })

const inProgress = () =>
  httpProblem(409, {
    code: 'idempotency_in_progress',
    detail: 'A request with this Idempotency-Key is under way.',
    headers: { 'Retry-After': '1' },
  })

const outcomeUnknown = () =>
  httpProblem(409, {
    code: 'idempotency_outcome_unknown',
    detail:
      'A request with this Idempotency-Key began and never ended; whether it had an effect is unknown. Find out, then use a new key.',
  })
