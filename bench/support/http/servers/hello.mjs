/** `GET /` that answers a small JSON document: one server by name, each as its documentation shows it. */
import { createServer } from 'node:http'
import { definePlugin, start } from '@freeda/runtime'
import { peer } from '../../peers.mjs'
import { listenOn, serve } from '../serve.mjs'

const hello = { hello: 'world' }

const frameworks = {
  async freeda() {
    const plugin = definePlugin({
      name: 'hello',
      prefix: '/',
      freeda: '^1.0.0',
      setup({ router }) {
        router.get('/', (ctx) => {
          ctx.body = hello
        })
      },
    })
    const app = await start({
      config: {
        name: 'bench',
        server: {
          port: 0,
          host: '127.0.0.1',
          drain: 0,
          securityHeaders: false,
          handlerTimeout: 0,
        },
        log: { level: 'silent' },
        plugins: [plugin()],
      },
      signals: false,
    })
    return app.port
  },
  koa() {
    const app = new (peer('koa'))()
    const router = new (peer('@koa/router').Router)()
    router.get('/', (ctx) => {
      ctx.body = hello
    })
    app.use(router.routes())
    return listenOn(createServer(app.callback()))
  },
  node: () =>
    listenOn(
      createServer((req, res) => {
        const body = JSON.stringify(hello)
        res.writeHead(200, {
          'Content-Type': 'application/json; charset=utf-8',
          'Content-Length': Buffer.byteLength(body),
        })
        res.end(body)
      }),
    ),
  async fastify() {
    const app = peer('fastify').fastify()
    app.get('/', async () => hello)
    await app.listen({ port: 0, host: '127.0.0.1' })
    return app.server.address().port
  },
  express() {
    const app = peer('express')()
    app.get('/', (req, res) => res.json(hello))
    return listenOn(createServer(app))
  },
  hono() {
    const app = new (peer('hono').Hono)()
    app.get('/', (c) => c.json(hello))
    return listenOn(peer('@hono/node-server').createAdaptorServer({ fetch: app.fetch }))
  },
}

serve(frameworks[process.argv[2]])
