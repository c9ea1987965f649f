import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../docs/code-blocks.ts'

/** The image that the Dockerfile begins with, made from Debian and npm where it is not there; about 40 s the first time. */
export function baseImage(): string {
  const dockerfile = readFileSync(join(root, 'infrastructure/Dockerfile'), 'utf8')
  const name = /^FROM (\S+)$/m.exec(dockerfile)![1]!
  const full = `docker.io/library/${name}`
  execFileSync(join(import.meta.dirname, 'make-base-image.sh'), [full], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return full
}
