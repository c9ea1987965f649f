/** One koa handler for a schema-first route: what comes before, the input, the handler, the answer. */
import type { RouterMiddleware } from '@koa/router'
import type { DefaultState } from 'koa'
import type { RequestTools } from '../http.ts'
import { exchangeOf, type ExchangeContext } from '../exchange/exchange.ts'
import { runOnce } from './idempotency.ts'
import type { BeforeStep, RouteDefinition } from './route-definition.ts'
import { inputReader } from './route-input.ts'
import { returnSender, unsentAnswerOf } from './send-returned.ts'

/** Waits only for what takes time: a handler that has its answer at once costs no promise. */
export function schemaRoute(route: RouteDefinition): RouterMiddleware<DefaultState, RequestTools> {
  const { handler } = route
  const once = route.spec.idempotent === true
  const readInput = inputReader(route)
  const sendReturned = returnSender(route)
  const unsentAnswer = unsentAnswerOf(route)

  function answer(ctx: ExchangeContext): void | Promise<void> {
    return route.before.length > 0 ? answerAfter(ctx, route.before) : proceed(ctx)
  }

  async function answerAfter(ctx: ExchangeContext, steps: readonly BeforeStep[]): Promise<void> {
    for (const step of steps) {
      const done = step(ctx)
      if (done !== undefined) await done
    }
    await proceed(ctx)
  }

  function proceed(ctx: ExchangeContext): void | Promise<void> {
    const input = readInput(ctx)
    if (input instanceof Promise) return proceedLater(ctx, input)
    if (once && ctx.req.headers['idempotency-key'] !== undefined) return proceedOnce(ctx, input)
    const returned = handler(input)
    return isThenable(returned) ? sendLater(ctx, returned) : sendReturned(ctx, returned)
  }

  async function proceedLater(ctx: ExchangeContext, input: ReturnType<typeof readInput>): Promise<void> {
    const settled = await input
    if (once && ctx.req.headers['idempotency-key'] !== undefined) return proceedOnce(ctx, settled)
    const returned = handler(settled)
    const sent = sendReturned(ctx, isThenable(returned) ? await returned : returned)
    if (sent !== undefined) await sent
  }

  async function sendLater(ctx: ExchangeContext, returned: PromiseLike<unknown>): Promise<void> {
    const sent = sendReturned(ctx, await returned)
    if (sent !== undefined) await sent
  }

  function proceedOnce(ctx: ExchangeContext, input: Awaited<ReturnType<typeof readInput>>): Promise<void> {
    return runOnce(route, ctx, ctx[exchangeOf].shared.idempotency!, {
      call: () => handler(input),
      send: (returned) => sendReturned(ctx, returned),
      unsent: (returned) => unsentAnswer(ctx, returned),
    })
  }

  return answer as unknown as RouterMiddleware<DefaultState, RequestTools>
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
