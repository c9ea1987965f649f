/** The lists that filters name. */
import type { Stored } from '@freeda/runtime'
import type { Accounts } from '../users/contract.ts'
import { countOfAuthor, countOfFavorites, type Article, type ArticleStore } from './collections.ts'
import type { FavoriteArticles } from './favorite-articles.ts'
import type { ArticleQuery } from './requests.ts'

/** One way to list articles: how many there are, their ids from the newest on, and whether an article is among them. */
export interface Source {
  readonly total: number
  ids(pageSize: number): AsyncIterable<string>
  among(articles: readonly Stored<Article>[]): Promise<readonly Stored<Article>[]>
}

type Filters = Pick<ArticleQuery, 'tag' | 'author' | 'favorited'>

/** Gives a source for each filter; `undefined` when one of them can only be empty. */
export type FindSources = (filters: Filters) => Promise<Source[] | undefined>

export function findSources(
  store: ArticleStore,
  favorites: FavoriteArticles,
  accounts: Accounts,
): FindSources {
  const { counts, tags } = store
  const countOf = async (id: string) => (await counts.get(id))?.count ?? 0
  const idOf = async (username: string | undefined) =>
    username === undefined ? undefined : (await accounts.byUsername(username))?.id

  return async ({ tag, author, favorited }) => {
    const [authorId, userId] = await Promise.all([idOf(author), idOf(favorited)])
    if ((author !== undefined && authorId === undefined) || (favorited !== undefined && userId === undefined))
      return undefined
    const sources: Source[] = []
    if (tag !== undefined) sources.push(underTag(store, tag, (await tags.get(tag))?.count ?? 0))
    if (authorId !== undefined)
      sources.push(byAuthor(store, authorId, await countOf(countOfAuthor(authorId))))
    if (userId !== undefined)
      sources.push(likedBy(store, favorites, userId, await countOf(countOfFavorites(userId))))
    return sources
  }
}

const underTag = ({ taggings }: ArticleStore, tag: string, total: number): Source => ({
  total,
  async *ids(limit) {
    const query = { index: 'byTag', partition: tag, order: 'desc', limit } as const
    for await (const { articleId } of taggings.iterate(query)) yield articleId
  },
  among: async (articles) => articles.filter(({ tagList }) => tagList.includes(tag)),
})

const byAuthor = ({ articles }: ArticleStore, author: string, total: number): Source => ({
  total,
  async *ids(limit) {
    const query = { index: 'byAuthor', partition: author, order: 'desc', limit } as const
    for await (const { id } of articles.iterate(query)) yield id
  },
  among: async (articles) => articles.filter(({ authorId }) => authorId === author),
})

const likedBy = (
  { favorites }: ArticleStore,
  { among }: FavoriteArticles,
  userId: string,
  total: number,
): Source => ({
  total,
  async *ids(limit) {
    const query = { index: 'byUser', partition: userId, order: 'desc', limit } as const
    for await (const { articleId } of favorites.iterate(query)) yield articleId
  },
  async among(articles) {
    const liked = await among(
      articles.map(({ id }) => id),
      userId,
    )
    return articles.filter(({ id }) => liked.has(id))
  },
})
