import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { codeBlocks, root } from '../docs/code-blocks.ts'
import { spawnApp, temporaryFolder } from './spawn-app.ts'

const freeda = join(root, 'packages/runtime/bin/freeda.js')

/** Every answer must be a success; an endless stream is left after a second. */
const strictCurl = `set -eu
curl() {
  case " $* " in
    *" -N "*) command curl --silent --fail --max-time 1 "$@" || [ $? = 28 ] ;;
    *) command curl --silent --show-error --fail-with-body "$@" ;;
  esac
  echo
}
`

it.each([
  ['support-desk', '/tickets'],
  ['realworld', '/api/tags'],
])('the commands that the README of %s tells to try work as they are written', async (example, probe) => {
  const document = `examples/${example}/README.md`
  const block = codeBlocks.find(
    (one) => one.document === document && one.language === 'sh' && one.code.includes('curl'),
  )
  const { url } = await spawnApp({
    command: [freeda, 'start'],
    cwd: join(root, 'examples', example),
    env: { DATA_DIR: await temporaryFolder() },
  })
  const env: Record<string, string> = { PATH: process.env['PATH']! }
  if (example === 'support-desk') env['ID'] = await openTicket(`${url}${probe}`)
  const script = strictCurl + block!.code.replaceAll('localhost:3000', url.slice('http://'.length))
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], {
    cwd: root,
    env,
    encoding: 'utf8',
    timeout: 30_000,
  })
  expect({ status, stderr, stdout }).toMatchObject({ status: 0, stderr: '' })
})

async function openTicket(address: string): Promise<string> {
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      channel: 'chat',
      subject: 'Lamp',
      text: 'It flickers.',
      customer: { name: 'Ada', email: 'ada@example.com' },
    }),
  })
  return ((await response.json()) as { id: string }).id
}
