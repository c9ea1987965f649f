/** Tickets from other systems, as JSON, NDJSON or CSV. */
import { definePlugin } from '@freeda/runtime'
import { z } from 'zod'
import { staffOnly } from '../staff/contract.ts'
import { Tickets } from '../tickets/contract.ts'
import { Imports } from './contract.ts'
import { importRecords } from './import-records.ts'
import { importRoutes } from './routes.ts'

const ImportsOptions = z.object({
  /** Largest file that is taken over HTTP. */
  maxBytes: z
    .number()
    .int()
    .positive()
    .default(10 * 1024 * 1024),
})

export const imports = definePlugin({
  name: 'imports',
  freeda: '^1.0.0',
  options: ImportsOptions,
  security: staffOnly,
  needs: { tickets: Tickets },
  provides: { imports: Imports },
  setup({ options, needs, router }) {
    const imports: Imports = {
      run: (format, text, context) => importRecords(needs.tickets, format, text, context?.signal),
    }
    importRoutes(router, { imports, maxBytes: options.maxBytes })
    return { imports }
  },
})
