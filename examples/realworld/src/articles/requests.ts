/** What clients send about articles. */
import { z } from 'zod'
import { fields, line, prose, wrapped } from '../errors/text.ts'

const maxTags = 20
const tagList = z
  .array(line(100), { error: 'is invalid' })
  .max(maxTags, `has too many tags (maximum is ${maxTags})`)
  .transform((tags) => [...new Set(tags)])

const title = line(200)
const description = line(1_000)
const body = prose(100_000)

export const NewArticle = wrapped(
  'article',
  fields({ title, description, body, tagList: tagList.default([]) }),
)
export type NewArticle = z.infer<typeof NewArticle>['article']

export const ArticleChange = wrapped(
  'article',
  fields({
    title: title.optional(),
    description: description.optional(),
    body: body.optional(),
    // Newer than the 1.1.0 of the specification, which would have it ignored.
    tagList: tagList.optional(),
  }),
)
export type ArticleChange = z.infer<typeof ArticleChange>['article']

const maxLimit = 1_000
const defaultLimit = 20

const whole = (error: string) => z.coerce.number({ error }).int(error)
const limitError = `must be a whole number from 1 to ${maxLimit}`
const offsetError = 'must be a whole number, at least 0'

const page = {
  limit: whole(limitError).min(1, limitError).max(maxLimit, limitError).default(defaultLimit),
  offset: whole(offsetError).min(0, offsetError).default(0),
}
/** `?tag=` means no tag in particular. */
const filter = z
  .string({ error: 'is invalid' })
  .transform((text) => (text === '' ? undefined : text))
  .optional()

export const FeedQuery = z.object(page)
export type FeedQuery = z.infer<typeof FeedQuery>

export const ArticleQuery = z.object({ ...page, tag: filter, author: filter, favorited: filter })
export type ArticleQuery = z.infer<typeof ArticleQuery>

export const Slug = z.object({ slug: z.string() })
