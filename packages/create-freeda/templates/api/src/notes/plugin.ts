/** Keeps notes. */
import { definePlugin } from '@freeda/runtime'
import { notesCollection } from './note.ts'
import { noteRoutes } from './routes.ts'

export const notes = definePlugin({
  name: 'notes',
  freeda: '^1.0.0',
  security: 'authenticated', // #if auth
  collections: { notes: notesCollection },
  setup({ collections, router }) {
    noteRoutes(router, collections.notes)
  },
})
