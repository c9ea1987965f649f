/** The one client, and how a request is sent. */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import type { Exchange } from './exchange.ts'
import { watchAttempts } from './watch-attempts.ts'

export interface ConnectionOptions {
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
  /** Attempts of one request, the first included. */
  readonly maxAttempts: number
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
}

export interface Connection {
  /** Takes commands of client-dynamodb: documents, and the table itself. */
  readonly client: DynamoDBClient
  /** Takes commands of lib-dynamodb: what this driver alone writes. */
  readonly documents: DynamoDBDocumentClient
  /**
   * Sends one request as part of a call, with one of the clients; it ends with the call.
   * `send(exchange, input, (options) => client.send(new X(input), options))`
   */
  send<T>(
    exchange: Exchange,
    input: object,
    request: (options: undefined) => Promise<T>,
    options?: { readonly isRepeatable?: boolean },
  ): Promise<T>
  close(): void
}

const maxSockets = 200

/** Two clients over one pool of sockets. */
export function connect(options: ConnectionOptions): Connection {
  const attempts = watchAttempts()
  const handler = attempts.abortable(socketHandler(options))
  const config = { ...clientConfig(options), requestHandler: handler }
  const watch = <C extends DynamoDBClient>(client: C): C => {
    attempts.watch(client.middlewareStack)
    // It copies every request and answer for a log that nobody asked for.
    client.middlewareStack.remove('loggerMiddleware')
    return client
  }
  // To put the SDK's middleware in order costs about as much as all of this driver: once for each command is enough.
  const client = watch(new DynamoDBClient({ ...config, cacheMiddleware: true }))
  let documents: DynamoDBDocumentClient | undefined
  return {
    client,
    get documents() {
      return (documents ??= DynamoDBDocumentClient.from(watch(new DynamoDBClient(config))))
    },
    send: attempts.send,
    close: () => client.destroy(),
  }
}

function clientConfig(options: ConnectionOptions): DynamoDBClientConfig {
  const { region, endpoint, maxAttempts } = options
  return {
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...localDefaults(endpoint ?? endpointOfEnvironment(), region),
    // Full jitter; the adaptive mode would hold back a whole process for one hot key.
    retryMode: 'standard',
    maxAttempts,
  }
}

function socketHandler({ connectTimeoutMs, requestTimeoutMs }: ConnectionOptions): NodeHttpHandler {
  const agent = { keepAlive: true, maxSockets }
  return new NodeHttpHandler({
    connectionTimeout: connectTimeoutMs,
    // Until the headers of the answer have come; alone it only logs a warning.
    requestTimeout: requestTimeoutMs,
    throwOnRequestTimeout: true,
    // Ends a body that stalls; one that drips is ended by the deadline of the call.
    socketTimeout: requestTimeoutMs,
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent(agent),
  })
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
