import { httpProblem, type PluginRouter, type RequestContext } from '@freeda/runtime'
import type { StaffOnly } from '../staff/contract.ts'
import type { ImportFormat, Imports } from './contract.ts'
import { readText } from './read-text.ts'

export function importRoutes(
  router: PluginRouter,
  { staffOnly, imports, maxBytes }: { staffOnly: StaffOnly; imports: Imports; maxBytes: number },
): void {
  router.post('/', staffOnly, async (ctx) => {
    const format = formatOf(ctx)
    const text = await readText(ctx, maxBytes)
    ctx.body = await imports.run(format, text, { signal: ctx.signal })
  })
}

const formats = new Map<string, ImportFormat>([
  ['application/json', 'json'],
  ['application/x-ndjson', 'ndjson'],
  ['application/ndjson', 'ndjson'],
  ['text/csv', 'csv'],
])

function formatOf(ctx: RequestContext): ImportFormat {
  const format = formats.get(ctx.request.type.toLowerCase())
  const encoding = ctx.get('content-encoding')
  if (format === undefined || (encoding !== '' && encoding !== 'identity'))
    throw httpProblem(415, {
      code: 'import_format_unknown',
      detail: `Send ${[...formats.keys()].join(', ')} as content type, and the file uncompressed.`,
    })
  return format
}
