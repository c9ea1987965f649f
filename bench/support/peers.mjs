/** Installs the frameworks that benchmarks compare with, when a benchmark needs them for the first time. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const folder = new URL('../peers/', import.meta.url)
const manifest = new URL('package.json', folder)
const stamp = new URL('node_modules/.installed.json', folder)

export function installPeers() {
  const wanted = readFileSync(manifest, 'utf8')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.error('Installing the frameworks to compare with (bench/peers) …')
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'], {
    cwd: fileURLToPath(folder),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  writeFileSync(stamp, wanted)
}

const requireFromPeers = createRequire(manifest)

/** The main module of a peer, e.g. `peer('fastify')`. */
export const peer = (name) => requireFromPeers(name)

export const peerVersion = (name) =>
  JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, folder), 'utf8')).version
