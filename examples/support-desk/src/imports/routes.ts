import { httpProblem, type PluginRouter, type RequestContext } from '@freeda/runtime'
import { ImportReport, type ImportFormat, type Imports } from './contract.ts'

export function importRoutes(
  router: PluginRouter,
  { imports, maxBytes }: { imports: Imports; maxBytes: number },
): void {
  router.post(
    '/',
    {
      response: { 200: ImportReport },
      summary: 'Import tickets',
      description:
        'The file is the body: JSON, NDJSON or CSV, by its content type. Doing it again does no harm.',
    },
    async ({ ctx, signal }) => {
      const format = formatOf(ctx)
      // The whole of it first: a file that is too large, cut short or not UTF-8 must change nothing.
      const text = await ctx.readText({ maxBytes })
      return imports.run(format, text, { signal })
    },
  )
}

const formats = new Map<string, ImportFormat>([
  ['application/json', 'json'],
  ['application/x-ndjson', 'ndjson'],
  ['application/ndjson', 'ndjson'],
  ['text/csv', 'csv'],
])

function formatOf(ctx: RequestContext): ImportFormat {
  const format = formats.get(ctx.request.type.toLowerCase())
  if (format === undefined)
    throw httpProblem(415, {
      code: 'import_format_unknown',
      detail: `Send ${[...formats.keys()].join(', ')} as content type.`,
    })
  return format
}
