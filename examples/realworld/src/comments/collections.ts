/** Comments, under their article by number: a later one has a greater number. */
import { collection, type CollectionOf } from '@freeda/runtime'
import { z } from 'zod'

export const Comment = z.object({
  articleId: z.string(),
  number: z.number().int(),
  authorId: z.string(),
  body: z.string(),
  createdAt: z.string(),
})
export type Comment = z.infer<typeof Comment>

export const commentCollections = {
  comments: collection(Comment, {
    name: 'comments',
    indexes: { byArticle: { partition: 'articleId', sort: 'number' } },
  }),
}

export type Comments = CollectionOf<typeof commentCollections.comments>

export const commentId = (articleId: string, number: number): string => `${articleId}:${number}`
