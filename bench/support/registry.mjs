/** A registry on loopback that serves packed packages, for as long as a benchmark runs. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

/** @param packages by name: `{ version, manifest, tarball, integrity }`, the tarball as a path */
export async function serveRegistry(packages) {
  const server = createServer((request, response) => {
    const [, name, file] = decodeURIComponent(request.url).split('/')
    const found = packages[name]
    if (found === undefined) return response.writeHead(404).end()
    if (file !== undefined) return response.end(readFileSync(found.tarball))
    const dist = { tarball: `${url()}/${name}/package.tgz`, integrity: found.integrity }
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        name,
        'dist-tags': { latest: found.version },
        versions: { [found.version]: { ...found.manifest, dist } },
      }),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = () => `http://127.0.0.1:${server.address().port}`
  return { url: url(), close: () => server.close() }
}
