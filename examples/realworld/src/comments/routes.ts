/** `/articles/:slug/comments` and `/articles/:slug/comments/:id`. */
import type { PluginRouter } from '@freeda/runtime'
import { z } from 'zod'
import { GenericError } from '../errors/generic-error.ts'
import { fields, prose, wrapped } from '../errors/text.ts'
import { Profile, type Profiles } from '../profiles/contract.ts'
import { viewerOf } from '../viewer.ts'
import type { Comment } from './collections.ts'
import type { Talk } from './talk.ts'

const CommentView = z.object({
  id: z.number().int(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  body: z.string(),
  author: Profile,
})

const Slug = z.object({ slug: z.string() })
const notWhole = 'must be a whole number'
const SlugAndId = Slug.extend({ id: z.coerce.number({ error: notWhole }).int(notWhole).min(0, notWhole) })
const NewComment = wrapped('comment', fields({ body: prose(10_000) }))
const tags = ['Comments']

export function commentRoutes(router: PluginRouter, talk: Talk, profiles: Profiles): void {
  const show = async (comments: readonly Comment[], viewer: string | undefined) => {
    const ids = comments.map(({ authorId }) => authorId)
    const authors = await profiles.of(ids, viewer)
    return comments.flatMap(({ number, createdAt, body, authorId }) => {
      const author = authors.get(authorId)
      // Nobody can change a comment, so it was last changed when it was made.
      return author === undefined ? [] : [{ id: number, createdAt, updatedAt: createdAt, body, author }]
    })
  }

  router.get(
    '/articles/:slug/comments',
    {
      params: Slug,
      response: {
        200: z.object({ comments: z.array(CommentView) }),
        401: GenericError,
        404: GenericError,
      },
      security: 'optional',
      summary: 'List comments',
      tags,
    },
    async ({ params, principal }) => ({
      comments: await show(await talk.under(params.slug), principal?.id),
    }),
  )

  router.post(
    '/articles/:slug/comments',
    {
      params: Slug,
      body: NewComment,
      response: {
        // Not 201: so it stands in the specification.
        200: z.object({ comment: CommentView }),
        401: GenericError,
        404: GenericError,
        422: GenericError,
      },
      security: 'authenticated',
      summary: 'Comment on an article',
      tags,
    },
    async ({ params, body, principal }) => {
      const viewer = viewerOf(principal)
      const added = await talk.add(params.slug, body.comment.body, viewer)
      const [comment] = await show([added], viewer)
      if (comment === undefined) throw new Error(`The author ${viewer} of a comment is missing.`)
      return { comment }
    },
  )

  router.delete(
    '/articles/:slug/comments/:id',
    {
      params: SlugAndId,
      response: { 204: null, 401: GenericError, 403: GenericError, 404: GenericError, 422: GenericError },
      security: 'authenticated',
      summary: 'Remove a comment',
      tags,
    },
    async ({ params, principal }) => talk.remove(params.slug, params.id, viewerOf(principal)),
  )
}
