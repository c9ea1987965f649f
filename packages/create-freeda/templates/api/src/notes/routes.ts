/** What clients can do with notes. */
import { httpProblem, reply, type CollectionOf, type PluginRouter } from '@freeda/runtime'
import { Listing, NewNote, Note, NoteId, NotePage, type notesCollection } from './note.ts'

type Notes = CollectionOf<typeof notesCollection>

export function noteRoutes(router: PluginRouter, notes: Notes): void {
  router.get(
    '/',
    { summary: 'Notes of one state, the newest first', query: Listing, response: NotePage },
    ({ query: { state, ...page } }) =>
      notes.query({ index: 'byState', partition: state, order: 'desc', ...page }),
  )

  router.post(
    '/',
    { summary: 'Keep a note', body: NewNote, response: { 201: Note }, idempotent: true },
    async ({ body }) => {
      const note = await notes.create({ ...body, createdAt: new Date().toISOString() })
      return reply(201, note, { location: `/notes/${note.id}` })
    },
  )

  router.get(
    '/:id',
    { summary: 'One note', params: NoteId, response: Note },
    async ({ params }) => (await notes.get(params.id)) ?? notFound(),
  )

  // With `If-Match` a change is made only to the version that the client has seen.
  router.put(
    '/:id',
    { summary: 'Change a note', params: NoteId, body: NewNote, response: Note },
    ({ params, body, ifVersion }) =>
      notes.update(params.id, ({ createdAt }) => ({ ...body, createdAt }), { ifVersion }),
  )

  router.delete(
    '/:id',
    { summary: 'Delete a note', params: NoteId, response: { 204: null } },
    async ({ params, ifVersion }) => {
      if (!(await notes.delete(params.id, { ifVersion }))) notFound()
    },
  )
}

function notFound(): never {
  throw httpProblem(404, { code: 'no_note', detail: 'There is no such note.' })
}
