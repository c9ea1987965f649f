/** A note: how it is kept, and what clients send and get. */
import { collection } from '@freeda/runtime'
import { z } from 'zod'

const states = ['open', 'done'] as const

/** As clients send it. */
export const NewNote = z.object({
  text: z.string().trim().min(1).max(2_000),
  state: z.enum(states).default('open'),
})

/** As it is kept. */
const KeptNote = NewNote.extend({ createdAt: z.iso.datetime() })

/** As clients get it. */
export const Note = KeptNote.extend({ id: z.string(), version: z.number() }).meta({ id: 'Note' })

export const NoteId = z.object({ id: z.string() })

export const Listing = z.object({
  state: z.enum(states).default('open'),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().optional(),
})

export const NotePage = z.object({ items: z.array(Note), cursor: z.string().optional() })

export const notesCollection = collection(KeptNote, {
  name: 'notes',
  indexes: { byState: { partition: 'state', sort: 'createdAt' } },
})
