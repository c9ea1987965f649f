/** An npm registry on loopback: Freeda's packages are published to it, all others come from where npm gets them here. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { runServer } from 'verdaccio'

export interface LoopbackRegistry {
  readonly url: string
  stop(): Promise<void>
}

/** @param upstream address of the registry that has all other packages */
export async function startRegistry(folder: string, upstream: string): Promise<LoopbackRegistry> {
  const anyone = { access: '$all', publish: '$all' }
  const server: Server = await runServer({
    storage: join(folder, 'storage'),
    configPath: join(folder, 'config.yaml'),
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: -1 } },
    uplinks: { upstream: { url: upstream, timeout: '60s', max_fails: 1_000, maxage: '1h' } },
    packages: {
      // Never from upstream: an older release there must not stand in for what was not published here.
      '@freeda/*': anyone,
      'create-freeda': anyone,
      '**': { access: '$all', proxy: 'upstream' },
    },
    web: { enable: false },
    log: { type: 'stdout', format: 'pretty', level: 'fatal' },
    max_body_size: '50mb',
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
