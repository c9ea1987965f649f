/** What clients see of articles. */
import type { Stored } from '@freeda/runtime'
import { z } from 'zod'
import { Profile } from '../profiles/contract.ts'
import type { Article } from './collections.ts'

const ListedArticle = z.object({
  slug: z.string(),
  title: z.string(),
  description: z.string(),
  tagList: z.array(z.string()),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  favorited: z.boolean(),
  favoritesCount: z.number().int(),
  author: Profile,
})
export type ListedArticle = z.infer<typeof ListedArticle>

export const ArticleView = z.object({ article: ListedArticle.extend({ body: z.string() }) })
export type ArticleView = z.infer<typeof ArticleView>

/** Lists go without the texts. */
export const ArticlesView = z.object({
  articles: z.array(ListedArticle),
  articlesCount: z.number().int(),
})
export type ArticlesView = z.infer<typeof ArticlesView>

export const TagsView = z.object({ tags: z.array(z.string()) })

export const listedArticle = (
  article: Stored<Article>,
  favorited: boolean,
  author: Profile,
): ListedArticle => {
  const { slug, title, description, tagList, createdAt, updatedAt, favoritesCount } = article
  return { slug, title, description, tagList, createdAt, updatedAt, favorited, favoritesCount, author }
}
