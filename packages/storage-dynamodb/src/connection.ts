/** The one client, and how a request is sent. */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { watched, type Exchange } from './exchange.ts'
import { isRefusal } from './failures.ts'

export interface ConnectionOptions {
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
  /** Attempts of one request, the first included. */
  readonly maxAttempts: number
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  /** @internal */
  readonly clientConfig?: DynamoDBClientConfig | undefined
}

export interface Connection {
  /** Takes commands of client-dynamodb, for documents, and of lib-dynamodb, for what this driver alone writes. */
  readonly client: DynamoDBDocumentClient
  /** Sends one request as part of a call: `send(exchange, input, (options) => client.send(new X(input), options))`. */
  send<T>(
    exchange: Exchange,
    input: object,
    request: (options: { abortSignal: AbortSignal }) => Promise<T>,
    options?: { readonly isRepeatable?: boolean },
  ): Promise<T>
  close(): void
}

interface Sending {
  readonly exchange: Exchange
  readonly isRepeatable: boolean
}

const maxSockets = 200

export function connect(options: ConnectionOptions): Connection {
  const base = new DynamoDBClient(clientConfig(options))
  const sendings = new WeakMap<object, Sending>()
  const watchAttempts =
    <A extends { input: object }, R>(
      next: (args: A) => Promise<R>,
      { commandName = '' }: { commandName?: string },
    ) =>
    async (args: A): Promise<R> => {
      const sending = sendings.get(args.input)
      if (sending === undefined) return next(args)
      try {
        return await watched(sending.exchange, commandName, () => next(args))
      } catch (error) {
        throw sending.isRepeatable || isRefusal(error) ? error : notToRepeat(error)
      }
    }
  // Inside the SDK's retries, so that every attempt is seen.
  const place = { relation: 'after', toMiddleware: 'retryMiddleware', name: 'freedaAttempts' } as const
  base.middlewareStack.addRelativeTo(watchAttempts, place)
  const client = DynamoDBDocumentClient.from(base)
  return {
    client,
    send(exchange, input, request, { isRepeatable = true } = {}) {
      sendings.set(input, { exchange, isRepeatable })
      return request({ abortSignal: exchange.signal })
    },
    close: () => base.destroy(),
  }
}

/** Hides from the SDK what it would try again; not as `cause`, where it looks too. */
const notToRepeat = (failure: unknown) =>
  Object.assign(new Error('The answer was lost.'), { name: 'AnswerLostError', failure })

function clientConfig(options: ConnectionOptions): DynamoDBClientConfig {
  const { region, endpoint, maxAttempts, connectTimeoutMs, requestTimeoutMs } = options
  const agent = { keepAlive: true, maxSockets }
  return {
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...localDefaults(endpoint ?? endpointOfEnvironment(), region),
    // Full jitter; the adaptive mode would hold back a whole process for one hot key.
    retryMode: 'standard',
    maxAttempts,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: connectTimeoutMs,
      // Until the headers of the answer have come; alone it only logs a warning.
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      // Ends a body that stalls; one that drips is ended by the deadline of the call.
      socketTimeout: requestTimeoutMs,
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
    }),
    ...options.clientConfig,
  }
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
const endpointOfEnvironment = () =>
  process.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? process.env['AWS_ENDPOINT_URL']

/** An emulator on the same machine takes any credentials, and needs no region. */
function localDefaults(endpoint: string | undefined, region: string | undefined): DynamoDBClientConfig {
  if (endpoint === undefined || !URL.canParse(endpoint) || !loopback.has(new URL(endpoint).hostname))
    return {}
  return {
    region: region ?? process.env['AWS_REGION'] ?? 'local',
    ...(process.env['AWS_ACCESS_KEY_ID'] === undefined && {
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
  }
}
