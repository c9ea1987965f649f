/**
 * Articles and what is found through them. Nothing can be scanned, so each listing of the API is an index, and each
 * number that the API tells is a document that changes in the transaction that changes what it counts.
 *
 * Ids are made in the order of time, so that order by id is order by creation, in every index, to the very article. The
 * newest articles of all are the listing of the collection itself, backwards: no index with a constant partition, through
 * which every write would go to one hot key of DynamoDB, but the listing, spread over `shards`. What is hot nevertheless
 * is the count of all articles: a few dozen new articles a second are as fast as one document can be written.
 */
import { collection, type CollectionOf, type Storage } from '@freeda/runtime'
import { z } from 'zod'

export const Article = z.object({
  slug: z.string(),
  title: z.string(),
  description: z.string(),
  /** In the order of the author. */
  tagList: z.array(z.string()),
  authorId: z.string(),
  favoritesCount: z.number().int().min(0),
  createdAt: z.string(),
  updatedAt: z.string(),
})
export type Article = z.infer<typeof Article>

/** Apart from its article: lists do not show it, and a favorite need not write it again. */
const Text = z.object({ body: z.string() })

/** That an article has a tag. */
const Tagging = z.object({ tag: z.string(), articleId: z.string() })

/** That somebody likes an article. */
const Favorite = z.object({ userId: z.string(), articleId: z.string() })

/** How many articles have a tag; tags that none has are gone. `all` is one partition: there are few tags. */
const Tag = z.object({ tag: z.string(), count: z.number().int().min(1), all: z.literal('tags') })

/** How many articles there are: of all, of an author, that somebody likes. */
const Count = z.object({ count: z.number().int().min(0) })

/** An article that is gone while something that belongs to it may still be there. */
const Removal = z.object({ since: z.string() })

export const articleCollections = {
  articles: collection(Article, {
    name: 'articles',
    indexes: { bySlug: { partition: 'slug', unique: true }, byAuthor: { partition: 'authorId' } },
    shards: 8,
  }),
  texts: collection(Text, { name: 'texts' }),
  taggings: collection(Tagging, {
    name: 'taggings',
    indexes: { byTag: { partition: 'tag', sort: 'articleId' } },
  }),
  favorites: collection(Favorite, {
    name: 'favorites',
    indexes: {
      byUser: { partition: 'userId', sort: 'articleId' },
      byArticle: { partition: 'articleId', sort: 'userId' },
    },
  }),
  tags: collection(Tag, { name: 'tags', indexes: { popular: { partition: 'all', sort: 'count' } } }),
  counts: collection(Count, { name: 'counts' }),
  removals: collection(Removal, { name: 'removals' }),
}

/** What the setup of the plugin gets for that. */
export type ArticleStore = {
  readonly [K in keyof typeof articleCollections]: CollectionOf<(typeof articleCollections)[K]>
} & { readonly transact: Storage['transact'] }

export const taggingId = (articleId: string, tag: string): string => `${articleId}:${tag}`
export const favoriteId = (userId: string, articleId: string): string => `${userId}:${articleId}`

export const countOfAll = 'all'
export const countOfAuthor = (userId: string): string => `author:${userId}`
export const countOfFavorites = (userId: string): string => `favorites:${userId}`
