/**
 * Articles go in two steps. The first is one transaction: the article is gone from every listing, its tags and counts with
 * it, and a note stays of what is still to do. The second removes, in transactions of bounded size, what may be any number:
 * favorites here, comments elsewhere. Nobody can see those by then, except for the count of what somebody likes, which
 * follows. When the process ends in between, the note makes the next start do the rest.
 */
import type { Logger } from '@freeda/runtime'
import { retryConflicts } from '../storage/retry-conflicts.ts'
import { changeCounts } from './change-counts.ts'
import { countOfAll, countOfAuthor, countOfFavorites, type ArticleStore } from './collections.ts'
import type { FindArticles } from './find-articles.ts'
import { tagOperations } from './write-articles.ts'

type CleanUp = (articleId: string) => Promise<void>

export interface RemoveArticles {
  remove(slug: string, viewer: string): Promise<void>
  onRemoved(cleanUp: CleanUp): void
  /** Does what was cut off. */
  resume(): Promise<void>
}

/** Each takes two operations, and a transaction at most 100. */
const favoritesAtOnce = 40

export function removeArticles(store: ArticleStore, find: FindArticles, log: Logger): RemoveArticles {
  const { articles, texts, favorites, removals, transact } = store
  const cleanUps: CleanUp[] = []

  const removeArticle = (slug: string, viewer: string): Promise<string> =>
    retryConflicts(async () => {
      const { id, version, tagList, authorId } = await find.own(slug, viewer)
      await transact([
        articles.op.delete(id, { ifVersion: version }),
        texts.op.delete(id),
        removals.op.put(id, { since: new Date().toISOString() }),
        ...(await tagOperations(store, id, { before: tagList, after: [] })),
        ...(await changeCounts(store, { [countOfAll]: -1, [countOfAuthor(authorId)]: -1 })),
      ])
      return id
    })

  /** @returns whether there may be more */
  const removeSomeFavorites = (articleId: string): Promise<boolean> =>
    retryConflicts(async () => {
      const query = { index: 'byArticle', partition: articleId, limit: favoritesAtOnce } as const
      const { items } = await favorites.query(query)
      if (items.length === 0) return false
      const changes = Object.fromEntries(items.map(({ userId }) => [countOfFavorites(userId), -1]))
      await transact([
        ...items.map(({ id, version }) => favorites.op.delete(id, { ifVersion: version })),
        ...(await changeCounts(store, changes)),
      ])
      return true
    })

  async function removeRest(articleId: string): Promise<void> {
    while (await removeSomeFavorites(articleId));
    for (const cleanUp of cleanUps) await cleanUp(articleId)
    await removals.delete(articleId)
  }

  return {
    onRemoved: (cleanUp) => void cleanUps.push(cleanUp),

    async remove(slug, viewer) {
      const articleId = await removeArticle(slug, viewer)
      try {
        await removeRest(articleId)
      } catch (err) {
        // The article is gone, and that is what was asked for.
        log.warn({ err, articleId }, 'an article is gone; what belonged to it is removed at the next start')
      }
    },

    async resume() {
      for await (const { id } of removals.iterate()) await removeRest(id)
    },
  }
}
