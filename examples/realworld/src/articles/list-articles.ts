/** Lists of articles, the newest first: everybody's, an author's, under a tag, liked by somebody, or of whom one follows. */
import type { Stored } from '@freeda/runtime'
import { refuse } from '../errors/refuse.ts'
import type { Profiles } from '../profiles/contract.ts'
import type { Accounts } from '../users/contract.ts'
import { countOfAll, countOfAuthor, type Article, type ArticleStore } from './collections.ts'
import type { FavoriteArticles } from './favorite-articles.ts'
import type { ArticleQuery, FeedQuery } from './requests.ts'
import { findSources, type Source } from './sources.ts'
import { mergeDescending, take } from './take.ts'

export interface Listing {
  readonly articles: Stored<Article>[]
  /** Of the whole list, not of this page. */
  readonly total: number
}

export interface ListArticles {
  list(query: ArticleQuery): Promise<Listing>
  /** Of everybody that `viewer` follows. */
  feed(viewer: string, page: FeedQuery): Promise<Listing>
  /** The most used first. */
  tags(): Promise<string[]>
}

interface Page {
  readonly limit: number
  readonly offset: number
}

/** Beyond what a list by several filters at once looks at. */
const maxExamined = 10_000
const maxTags = 1_000
const nothing: Listing = { articles: [], total: 0 }

export function listArticles(
  store: ArticleStore,
  favorites: FavoriteArticles,
  accounts: Accounts,
  profiles: Profiles,
): ListArticles {
  const { articles, counts, tags } = store
  const sourcesOf = findSources(store, favorites, accounts)
  const present = async (ids: readonly string[]) =>
    (await articles.getMany(ids)).filter((article) => article !== undefined)

  async function newest({ limit, offset }: Page): Promise<Listing> {
    const total = (await counts.get(countOfAll))?.count ?? 0
    if (isBeyond(total, offset)) return { articles: [], total }
    const all = articles.iterate({ order: 'desc', limit: pageSize({ limit, offset }) })
    return { articles: await take(all, offset, limit), total }
  }

  async function ofOne(source: Source, page: Page): Promise<Listing> {
    const { limit, offset } = page
    if (isBeyond(source.total, offset)) return { articles: [], total: source.total }
    const ids = await take(source.ids(pageSize(page)), offset, limit)
    return { articles: await present(ids), total: source.total }
  }

  /** No index answers several filters at once: goes through the shortest list and keeps what is in the others too. */
  async function ofSeveral(sources: readonly Source[], { limit, offset }: Page): Promise<Listing> {
    const [shortest, ...others] = sources.toSorted((a, b) => a.total - b.total)
    if (shortest!.total > maxExamined)
      throw refuse(422, { body: [`These filters together match too much; drop all but one of them.`] })
    const matching: Stored<Article>[] = []
    for await (const ids of inChunks(shortest!.ids(chunkSize), chunkSize)) {
      let found: readonly Stored<Article>[] = await present(ids)
      for (const other of others) found = await other.among(found)
      matching.push(...found)
    }
    return { articles: matching.slice(offset, offset + limit), total: matching.length }
  }

  return {
    async list(query) {
      const sources = await sourcesOf(query)
      if (sources === undefined) return nothing
      if (sources.length === 0) return newest(query)
      return sources.length === 1 ? ofOne(sources[0]!, query) : ofSeveral(sources, query)
    },

    async feed(viewer, page) {
      const authors = await profiles.followedBy(viewer)
      const found = await counts.getMany(authors.map(countOfAuthor))
      const total = found.reduce((sum, count) => sum + (count?.count ?? 0), 0)
      if (isBeyond(total, page.offset)) return { articles: [], total }
      const active = authors.filter((_, i) => (found[i]?.count ?? 0) > 0)
      // A fair share of what will be shown, twice: who writes much is asked again.
      const size = Math.max(2, Math.ceil((2 * pageSize(page)) / active.length))
      const lists = active.map((partition) =>
        articles.iterate({ index: 'byAuthor', partition, order: 'desc', limit: size }),
      )
      const merged = mergeDescending(lists, ({ id }) => id)
      return { articles: await take(merged, page.offset, page.limit), total }
    },

    async tags() {
      const query = { index: 'popular', partition: 'tags', order: 'desc', limit: maxTags } as const
      return (await tags.query(query)).items.map(({ tag }) => tag)
    },
  }
}

/**
 * The specification pages by offset, the store by cursor: what is skipped is read, so it must have an end.
 * @throws a 422 when more would have to be skipped
 */
function isBeyond(total: number, offset: number): boolean {
  if (offset >= total) return true
  if (offset > maxOffset) throw refuse(422, { offset: [`must be at most ${maxOffset}; filter instead`] })
  return false
}

const maxOffset = 10_000
const chunkSize = 100
/** What one page of the store should hold: no more than will be looked at. */
const pageSize = ({ limit, offset }: Page) => Math.min(offset + limit, 1_000)

async function* inChunks<T>(values: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let chunk: T[] = []
  for await (const value of values) {
    chunk.push(value)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}
