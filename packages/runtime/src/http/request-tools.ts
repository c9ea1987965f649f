import type Koa from 'koa'
import type { DefaultState } from 'koa'
import type { RequestTools } from '../http.ts'
import { validate } from '../validate.ts'
import { readBytes, readJson, readText } from '../exchange/body.ts'
import { openEventStream } from '../realtime/event-stream.ts'
import { exchangeOf, signalOf, type ExchangeContext } from '../exchange/exchange.ts'
import { parseQuery } from '../exchange/query.ts'
import { traceOf } from '../exchange/trace-context.ts'

type Of<K extends keyof RequestTools> = RequestTools[K]

/** Puts {@link RequestTools} on the prototype of every context, once: a request that uses none of them pays nothing. */
export function installRequestTools(app: Koa<DefaultState, RequestTools>): void {
  const getter = <T>(get: (this: ExchangeContext) => T) => ({ get, configurable: true, enumerable: true })
  const method = <T>(value: T) => ({ value, configurable: true, writable: true, enumerable: true })
  Object.defineProperties(app.context, {
    requestId: getter<Of<'requestId'>>(function () {
      return this[exchangeOf].requestId
    }),
    log: getter<Of<'log'>>(function () {
      const exchange = this[exchangeOf]
      return (exchange.log ??= exchange.shared.log.child({
        requestId: exchange.requestId,
        ...traceOf(exchange.req),
      }))
    }),
    signal: getter<Of<'signal'>>(function () {
      return signalOf(this[exchangeOf])
    }),
    principal: getter<Of<'principal'>>(function () {
      return this[exchangeOf].principal
    }),
    services: getter<Of<'services'>>(function () {
      const exchange = this[exchangeOf]
      return (exchange.services ??= exchange.shared.openScope(() => exchange.principal))
    }),
    readBody: method<Of<'readBody'>>(async function (this: ExchangeContext, schema) {
      return validate(schema, await readJson(this[exchangeOf]), 'The body', 'body')
    }),
    readText: method<Of<'readText'>>(function (this: ExchangeContext, options) {
      return readText(this[exchangeOf], options?.maxBytes)
    }),
    readBytes: method<Of<'readBytes'>>(function (this: ExchangeContext, options) {
      return readBytes(this[exchangeOf], options?.maxBytes)
    }),
    readQuery: method<Of<'readQuery'>>(async function (this: ExchangeContext, schema) {
      return validate(schema, parseQuery(this[exchangeOf].req.url ?? ''), 'The query string', 'query')
    }),
    events: method<Of<'events'>>(function (this: ExchangeContext, options) {
      return openEventStream(this[exchangeOf], options)
    }),
  })
}
