/** Global set-up: a registry on loopback with every package of the workspace, at the version that it has there. */
import { execFile } from 'node:child_process'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'
import { root } from '../docs/code-blocks.ts'
import { startRegistry } from './loopback-registry.ts'
import { newcomersEnvironment } from './newcomer.ts'
import type { Registries } from './provided-registries.ts'

const run = promisify(execFile)

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'freeda-registry-'))
  const { stdout } = await run('npm', ['config', 'get', 'registry'], { cwd: root })
  const upstream = stdout.trim()
  const registry = await startRegistry(folder, upstream)
  const stop = async () => {
    await registry.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await Promise.all(packageFolders().map((package_) => publish(package_, registry.url, folder)))
  } catch (error) {
    await stop()
    throw error
  }
  provide('registries', { loopback: registry.url, upstream } satisfies Registries)
  return stop
}

const packageFolders = () =>
  globSync('packages/*/package.json', { cwd: root }).map((file) => join(root, dirname(file)))

/** As `changeset publish` does it, with `access` from its config. The token opens nothing: npm wants one. */
async function publish(packageFolder: string, registry: string, home: string): Promise<void> {
  const token = `--${registry.replace('http:', '')}:_authToken=loopback`
  await run('npm', ['publish', '--access=public', '--provenance=false', token], {
    cwd: packageFolder,
    env: newcomersEnvironment({ registry, home }),
  })
}
