/** What is in the registry after a release. */
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { root } from '../docs/code-blocks.ts'
import { registries } from './provided-registries.ts'

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly description: string
  readonly engines: Readonly<Record<string, string>>
  readonly bin?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
  readonly publishConfig: Readonly<Record<string, unknown>>
  readonly dist: { readonly tarball: string }
}

const inWorkspace = globSync('packages/*/package.json', { cwd: root })
  .map((file) => JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest)
  .map(({ name, version }) => ({ name, version }))

/** Paths in the package. */
async function filesOf({ dist }: Manifest): Promise<readonly string[]> {
  const tarball = Buffer.from(await (await fetch(dist.tarball)).arrayBuffer())
  const listing = execFileSync('tar', ['-tz'], { input: tarball, encoding: 'utf8' })
  return listing
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, './'))
}

describe.each(inWorkspace)('$name as published', ({ name, version }) => {
  let manifest: Manifest
  let files: readonly string[]
  beforeAll(async () => {
    const address = `${registries.loopback}${name.replace('/', '%2f')}/latest`
    manifest = (await (await fetch(address)).json()) as Manifest
    files = await filesOf(manifest)
  })

  it('is the version of the workspace, for everybody, with proof of where it was built', () => {
    expect(manifest.version).toBe(version)
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true })
  })

  it('says what it is, under which licence, and on which Node it runs', () => {
    expect(manifest).toMatchObject({ license: 'MIT', engines: { node: '>=20.19' } })
    expect(manifest.description).not.toBe('')
    expect(files).toEqual(expect.arrayContaining(['./README.md', './LICENSE']))
  })

  it('holds every file that it exports or runs, with types, and no tests', () => {
    const exported = Object.values(manifest.exports ?? {})
    const targets = exported.flatMap((target) =>
      typeof target === 'string' ? [target] : [target.types, target.default],
    )
    const programs = Object.values(manifest.bin ?? {}).map((path) => path.replace(/^(\.\/)?/, './'))
    expect(targets.length + programs.length).toBeGreaterThan(0)
    expect(files).toEqual(expect.arrayContaining([...targets, ...programs]))
    for (const target of exported) if (typeof target !== 'string') expect(target.types).toMatch(/\.d\.ts$/)
    expect(files.filter((path) => /^\.\/(test|src)\/|\.tsbuildinfo$/.test(path))).toEqual([])
  })
})
