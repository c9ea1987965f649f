/** One koa handler for a schema-first route: what comes before, the input, the handler, the answer. */
import type { RouterMiddleware } from '@koa/router'
import type { DefaultState } from 'koa'
import type { RequestTools } from '../http.ts'
import type { ExchangeContext } from './exchange.ts'
import type { RouteDefinition } from './route-definition.ts'
import { inputReader } from './route-input.ts'
import { returnSender } from './send-returned.ts'

export function schemaRoute(route: RouteDefinition): RouterMiddleware<DefaultState, RequestTools> {
  const { handler } = route
  const readInput = inputReader(route)
  const sendReturned = returnSender(route)

  async function answer(ctx: ExchangeContext): Promise<void> {
    for (const step of route.before) {
      const done = step(ctx)
      if (done !== undefined) await done
    }
    let input = readInput(ctx)
    if (input instanceof Promise) input = await input
    let returned = handler(input)
    if (returned instanceof Promise) returned = await returned
    const sent = sendReturned(ctx, returned)
    if (sent !== undefined) await sent
  }
  return answer as unknown as RouterMiddleware<DefaultState, RequestTools>
}
