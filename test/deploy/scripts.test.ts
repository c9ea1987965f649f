import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../docs/code-blocks.ts'
import { missingTools } from './emulated-aws.ts'

const missing = missingTools(['shellcheck'])
if (missing.length > 0) process.stderr.write('shell scripts are not checked: no shellcheck\n')

const scripts = globSync(
  ['infrastructure/deploy.sh', 'infrastructure/scripts/*.sh', 'test/deploy/image/{docker,*.sh}', '.ci/run'],
  { cwd: root },
)

describe.skipIf(missing.length > 0)('shell scripts', () => {
  it.each(scripts)('%s is as shellcheck wants it, with all that it sources', (script) => {
    const { status, stdout } = spawnSync('shellcheck', ['--external-sources', join(root, script)], {
      cwd: root,
      encoding: 'utf8',
    })
    expect(stdout).toBe('')
    expect(status).toBe(0)
  })

  it('are all found', () => expect(scripts.length).toBeGreaterThan(8))
})
