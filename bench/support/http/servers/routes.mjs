/** An app of many routes, in ten plugins: `freeda` or `koa`, and how many. */
import { createServer } from 'node:http'
import { definePlugin, start } from '@freeda/runtime'
import { peer } from '../../peers.mjs'
import { listenOn, serve } from '../serve.mjs'

const [framework, count] = [process.argv[2], Number(process.argv[3])]
const plugins = 10

function addRoutes(router) {
  for (let i = 0; i < count / plugins; i++)
    router.get(`/resource${i}/:id`, (ctx) => {
      ctx.body = { id: ctx.params.id }
    })
}

async function freeda() {
  const all = Array.from({ length: plugins }, (_, i) =>
    definePlugin({ name: `area${i}`, freeda: '^1.0.0', setup: ({ router }) => addRoutes(router) })(),
  )
  const app = await start({
    config: {
      name: 'bench',
      server: { port: 0, host: '127.0.0.1', drain: 0 },
      log: { level: 'silent' },
      plugins: all,
    },
    signals: false,
  })
  return app.port
}

function koa() {
  const app = new (peer('koa'))()
  for (let i = 0; i < plugins; i++) {
    const router = new (peer('@koa/router').Router)({ prefix: `/area${i}` })
    addRoutes(router)
    app.use(router.routes())
  }
  return listenOn(createServer(app.callback()))
}

serve(framework === 'koa' ? koa : freeda)
