import { z } from 'zod'
import type { Mode } from '../plugin.ts'

/** Without what a route pattern would read as more than text. */
const path = z.string().regex(/^(\/[A-Za-z0-9._~-]+)+$/, "expected a path such as '/docs'")

const docs = z
  .strictObject({ path: path.default('/docs'), openapi: path.default('/openapi.json') })
  .refine((value) => value.path !== value.openapi, {
    path: ['openapi'],
    message: 'expected another path than that of the page',
  })

/** `asked`: somebody wrote it down; what is only there by default gives way to the app's own routes. */
export const docsSchema = (mode: Mode) =>
  z
    .union([z.boolean(), docs])
    .optional()
    .transform((value) => {
      const on = value ?? mode !== 'production'
      if (on === false) return false
      return { ...(on === true ? docs.parse({}) : on), asked: value !== undefined }
    })
