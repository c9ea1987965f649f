/** Fastify with the plugins that its users take for the same features. */
import { randomUUID } from 'node:crypto'
import { peer } from '../../peers.mjs'
import { serve } from '../serve.mjs'

const item = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'price', 'tags'],
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 100 },
    price: { type: 'number', minimum: 0 },
    tags: { type: 'array', maxItems: 10, items: { type: 'string', maxLength: 20 } },
  },
}
const stored = {
  ...item,
  required: ['id', ...item.required],
  properties: { id: { type: 'string' }, ...item.properties },
}
const params = { type: 'object', required: ['id'], properties: { id: { type: 'string', maxLength: 40 } } }

/** `lean`: not what Fastify does by itself, but one log line a request and in batches, as Freeda writes them. */
const lean = process.argv[2] === 'lean'
const batchedPino = () => peer('pino')(peer('pino').destination({ fd: 1, sync: false, minLength: 8_192 }))

serve(async () => {
  let made = 0
  const app = peer('fastify').fastify({
    ...(lean ? { loggerInstance: batchedPino() } : { logger: true }),
    ...(lean ? { disableRequestLogging: true } : {}),
    bodyLimit: 1_048_576,
    requestTimeout: 60_000,
    keepAliveTimeout: 65_000,
    requestIdHeader: 'x-request-id',
    // Its own default counts up from 1 in every process. As cheap as Freeda's: one random text a process.
    genReqId: (
      (prefix) => () =>
        `${prefix}-${(made++).toString(36)}`
    )(randomUUID()),
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    reply.header('x-request-id', request.id)
    done(null, payload)
  })
  if (lean)
    app.addHook('onResponse', (request, reply, done) => {
      const { method, url, routeOptions } = request
      reply.log.info(
        {
          method,
          path: url,
          route: routeOptions.url,
          status: reply.statusCode,
          durationMs: reply.elapsedTime,
        },
        'request',
      )
      done()
    })
  await app.register(peer('@fastify/helmet'), {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    // Freeda sends the six headers that matter to an API, and HSTS; so does this.
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
    originAgentCluster: false,
    frameguard: { action: 'deny' },
  })
  await app.register(peer('@fastify/cors'), {
    origin: ['https://app.example.com'],
    exposedHeaders: ['ETag', 'Location', 'Retry-After', 'X-Request-Id'],
  })
  await app.register(peer('fastify-metrics'), { endpoint: '/metrics', clearRegisterOnInit: true })
  const items = new Map([['1', { id: '1', name: 'A lamp', price: 12.5, tags: ['home', 'light'] }]])
  let last = 1
  app.get('/items/:id', { schema: { params, response: { 200: stored } } }, async (request, reply) => {
    const found = items.get(request.params.id)
    if (found === undefined) return reply.code(404).send({ code: 'item_not_found' })
    return found
  })
  app.post('/items', { schema: { body: item, response: { 201: stored } } }, async (request, reply) => {
    const made = { id: String(++last % 1000), ...request.body }
    items.set(made.id, made)
    reply.code(201)
    return made
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server.address().port
})
