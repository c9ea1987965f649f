/** Comments come and go. */
import type { Storage, Stored } from '@freeda/runtime'
import type { Articles } from '../articles/contract.ts'
import { refuse } from '../errors/refuse.ts'
import { retryConflicts } from '../storage/retry-conflicts.ts'
import { commentId, type Comment, type Comments } from './collections.ts'
import { commentNumbers } from './comment-numbers.ts'

export interface Talk {
  /** The newest first, at most 1,000: the specification has no pages here. */
  under(slug: string): Promise<Comment[]>
  add(slug: string, body: string, authorId: string): Promise<Comment>
  /** Only its author may. */
  remove(slug: string, number: number, viewer: string): Promise<void>
  /** All that were said about an article that is gone. */
  removeAll(articleId: string): Promise<void>
}

const maxListed = 1_000
/** At most 100 operations are one transaction. */
const removedAtOnce = 100

export function talk(comments: Comments, transact: Storage['transact'], articles: Articles): Talk {
  const nextNumber = commentNumbers(Date.now)

  const find = async (articleId: string, number: number): Promise<Stored<Comment>> => {
    const comment = await comments.get(commentId(articleId, number))
    if (comment === undefined) throw refuse(404, { comment: ['not found'] })
    return comment
  }

  return {
    async under(slug) {
      const partition = await articles.idOf(slug)
      return (await comments.query({ index: 'byArticle', partition, order: 'desc', limit: maxListed })).items
    },

    add: (slug, body, authorId) =>
      retryConflicts(async () => {
        const articleId = await articles.idOf(slug)
        const number = nextNumber()
        const comment: Comment = { articleId, number, authorId, body, createdAt: new Date().toISOString() }
        // Both or neither: a comment must not outlive its article by coming while that goes.
        await transact([
          articles.stillThere(articleId),
          comments.op.create(comment, { id: commentId(articleId, number) }),
        ])
        return comment
      }),

    async remove(slug, number, viewer) {
      const { id, authorId } = await find(await articles.idOf(slug), number)
      if (authorId !== viewer) throw refuse(403, { comment: ['forbidden'] })
      await comments.delete(id)
    },

    async removeAll(articleId) {
      for (;;) {
        const query = { index: 'byArticle', partition: articleId, limit: removedAtOnce } as const
        const { items } = await comments.query(query)
        if (items.length === 0) return
        await transact(items.map(({ id }) => comments.op.delete(id)))
      }
    },
  }
}
