import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../docs/code-blocks.ts'

/** What preflight takes for set in an environment whose parameter file says this of a cache. */
const setByService = (cache: string) =>
  spawnSync('bash', ['-euc', 'source preflight.sh; setting() { echo "$CACHE"; }; set_by_service'], {
    cwd: join(root, 'infrastructure/lib'),
    env: { ...process.env, CACHE: cache, infrastructure: join(root, 'infrastructure') },
    encoding: 'utf8',
  }).stdout.split('\n')

it('the names of the cache count as set only where there is one', () => {
  expect(setByService('off')).toContain('TABLE_NAME')
  expect(setByService('off')).not.toContain('REDIS_URL')
  expect(setByService('valkey')).toEqual(
    expect.arrayContaining(['REDIS_AUTH_TOKEN', 'REDIS_URL', 'TABLE_NAME']),
  )
})

it('a config that cannot be planned is no config that needs nothing', () => {
  const { status } = spawnSync('bash', ['-uc', 'source secrets.sh; project=/; needed_secrets'], {
    cwd: join(root, 'infrastructure/lib'),
  })
  expect(status).toBe(1)
})

it('a rollback takes a commit by its whole name or by that of its image', () => {
  const tagOf = (commit: string) =>
    spawnSync(
      'bash',
      ['-euc', `source options.sh; read_options staging --rollback ${commit}; echo "$rollback_tag"`],
      {
        cwd: join(root, 'infrastructure/lib'),
        encoding: 'utf8',
      },
    ).stdout
  expect(tagOf('3f2c1ab90d21')).toBe('3f2c1ab90d21\n')
  expect(tagOf('3f2c1ab90d21'.padEnd(40, '0'))).toBe('3f2c1ab90d21\n')
  expect(tagOf('3f2c1ab90d21-dirty-20260101000000')).toBe('3f2c1ab90d21-dirty-20260101000000\n')
})
