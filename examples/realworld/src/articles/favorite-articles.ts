/** Who likes which article. */
import type { Stored } from '@freeda/runtime'
import { retryConflicts } from '../storage/retry-conflicts.ts'
import { changeCounts } from './change-counts.ts'
import { countOfFavorites, favoriteId, type Article, type ArticleStore } from './collections.ts'
import type { FindArticles } from './find-articles.ts'

export interface FavoriteArticles {
  /** Which of these articles `viewer` likes. */
  among(articleIds: readonly string[], viewer: string | undefined): Promise<ReadonlySet<string>>
  /** Likes an article, or does so no longer; once, however often it is asked. */
  set(slug: string, viewer: string, liked: boolean): Promise<Stored<Article>>
}

export function favoriteArticles(store: ArticleStore, find: FindArticles): FavoriteArticles {
  const { articles, favorites, transact } = store
  return {
    async among(articleIds, viewer) {
      if (viewer === undefined) return new Set()
      const found = await favorites.getMany(articleIds.map((id) => favoriteId(viewer, id)))
      return new Set(found.flatMap((favorite) => favorite?.articleId ?? []))
    },

    set: (slug, viewer, liked) =>
      retryConflicts(async () => {
        const article = await find.bySlug(slug)
        const { id: articleId, version, ...fields } = article
        const id = favoriteId(viewer, articleId)
        const favorite = await favorites.get(id)
        if ((favorite !== undefined) === liked) return article
        const change = liked ? 1 : -1
        const changed = { ...fields, favoritesCount: fields.favoritesCount + change }
        await transact([
          articles.op.put(articleId, changed, { ifVersion: version }),
          favorite === undefined
            ? favorites.op.create({ userId: viewer, articleId }, { id })
            : favorites.op.delete(id, { ifVersion: favorite.version }),
          ...(await changeCounts(store, { [countOfFavorites(viewer)]: change })),
        ])
        return { ...changed, id: articleId, version: version + 1 }
      }),
  }
}
