/** A line on the board: how it is kept, and what clients send and get. */
import { collection } from '@freeda/runtime'
import { z } from 'zod'

export const NewLine = z.object({
  author: z.string().trim().min(1).max(80),
  text: z.string().trim().min(1).max(500),
})

/** As clients get it. */
export const Line = NewLine.extend({ id: z.string(), version: z.number() }).meta({ id: 'Line' })

export type Line = z.infer<typeof Line>

export const Recent = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50),
})

/** Ids are in the order of time: listing by id is listing by time. */
export const linesCollection = collection(NewLine, { name: 'lines' })
