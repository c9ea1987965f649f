/** Ties every request to the call that it is part of: its deadline, what became of it, and what it is for. */
import type { DynamoDBClient, ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-dynamodb'
import type { NodeHttpHandler } from '@smithy/node-http-handler'
import type { Connection } from './connection.ts'
import { watched, type Exchange } from './exchange.ts'
import { isRefusal } from './failures.ts'
import { requestChannel, type RequestMessage } from './request-channel.ts'

interface Sending {
  readonly exchange: Exchange
  readonly isRepeatable: boolean
}

type Stack = DynamoDBClient['middlewareStack']
type HttpRequest = Parameters<NodeHttpHandler['handle']>[0]
type Arguments = { input: ServiceInputTypes; request?: unknown }
type Next<R> = (args: Arguments) => Promise<R>
type SocketHandler = Pick<
  NodeHttpHandler,
  'handle' | 'destroy' | 'metadata' | 'updateHttpClientConfig' | 'httpHandlerConfigs'
>

export function watchAttempts() {
  const sendings = new WeakMap<object, Sending>()
  const signals = new WeakMap<object, AbortSignal>()
  // lib-dynamodb makes another input of the one that it is given: it is known by when its middleware is put together.
  let beingSent: Sending | undefined

  const watchOne = (next: Next<ServiceOutputTypesOf>, { commandName = '' }: { commandName?: string }) => {
    const bound = beingSent
    return async (args: Arguments) => {
      const sending = sendings.get(args.input) ?? bound
      if (sending === undefined) throw new TypeError(`${commandName} was not sent by \`connection.send\`.`)
      const { exchange, isRepeatable } = sending
      if (requestChannel.hasSubscribers) tell(exchange, commandName, args.input)
      try {
        return await watched(exchange, commandName, () => next(args))
      } catch (error) {
        throw isRepeatable || isRefusal(error) ? error : notToRepeat(error)
      }
    }
  }

  const bindSignal = (next: Next<ServiceOutputTypesOf>) => {
    const bound = beingSent
    return (args: Arguments) => {
      const sending = sendings.get(args.input) ?? bound
      if (sending !== undefined) signals.set(args.request as object, sending.exchange.signal)
      return next(args)
    }
  }

  return {
    watch(stack: Stack): void {
      // Inside the SDK's retries, so that every attempt is seen.
      stack.addRelativeTo(watchOne as never, {
        relation: 'after',
        toMiddleware: 'retryMiddleware',
        name: 'freedaAttempts',
      })
      // Behind everything that makes another request of a request.
      stack.add(bindSignal as never, { step: 'deserialize', priority: 'low', name: 'freedaSignal' })
    },
    /** A signal among the options of a request would make the SDK put its middleware in order anew. */
    abortable: (handler: NodeHttpHandler): SocketHandler => ({
      metadata: handler.metadata,
      handle(request: HttpRequest, options) {
        const abortSignal = signals.get(request)
        return handler.handle(request, abortSignal === undefined ? options : { ...options, abortSignal })
      },
      destroy: () => handler.destroy(),
      updateHttpClientConfig: (key, value) => handler.updateHttpClientConfig(key, value),
      httpHandlerConfigs: () => handler.httpHandlerConfigs(),
    }),
    send: ((exchange, input, request, { isRepeatable = true } = {}) => {
      const sending = { exchange, isRepeatable }
      sendings.set(input, sending)
      beingSent = sending
      try {
        return request(undefined)
      } finally {
        beingSent = undefined
      }
    }) satisfies Connection['send'],
  }
}

type ServiceOutputTypesOf = { output: ServiceOutputTypes }

/** Hides from the SDK what it would try again; not as `cause`, where it looks too. */
const notToRepeat = (failure: unknown) =>
  Object.assign(new Error('The answer was lost.'), { name: 'AnswerLostError', failure })

const tell = ({ purpose }: Exchange, command: string, input: object) =>
  requestChannel.publish({ purpose, command, input } satisfies RequestMessage)
