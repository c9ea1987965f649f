/** Stands for the deployed app, which nobody can reach in an emulated AWS. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Service {
  readonly url: string
  /** What it says of itself. */
  health: { ready: number; commit: string | undefined }
  close(): void
}

export async function startService(): Promise<Service> {
  const health = { ready: 200, commit: undefined as string | undefined }
  const server: Server = createServer((request, response) => {
    const ready = health.ready === 200
    response.statusCode = request.url === '/health/live' ? 200 : health.ready
    const body = {
      '/health/live': { status: 'alive' },
      '/health/ready': { status: ready ? 'ready' : 'unavailable' },
      '/health': { status: ready ? 'ok' : 'unavailable', commit: health.commit },
    }[request.url ?? '']
    response.end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, health, close: () => server.close() }
}
