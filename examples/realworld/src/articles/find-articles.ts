/** One article, by its slug. */
import type { Stored } from '@freeda/runtime'
import { refuse } from '../errors/refuse.ts'
import type { Article, ArticleStore } from './collections.ts'

export interface FindArticles {
  /** @throws a 404 */
  bySlug(slug: string): Promise<Stored<Article>>
  /** @throws a 404, or a 403 when it is somebody else's */
  own(slug: string, viewer: string): Promise<Stored<Article>>
}

export function findArticles({ articles }: Pick<ArticleStore, 'articles'>): FindArticles {
  const bySlug = async (slug: string) => {
    const { items } = await articles.query({ index: 'bySlug', partition: slug, limit: 1 })
    if (items[0] === undefined) throw refuse(404, { article: ['not found'] })
    return items[0]
  }
  return {
    bySlug,
    async own(slug, viewer) {
      const article = await bySlug(slug)
      if (article.authorId !== viewer) throw refuse(403, { article: ['forbidden'] })
      return article
    },
  }
}
