/** Articles come and change, each in one transaction with everything that is found or counted through them. */
import { isFreedaError, type Operation, type Stored } from '@freeda/runtime'
import { refuse } from '../errors/refuse.ts'
import { retryConflicts } from '../storage/retry-conflicts.ts'
import { changeCounts, changeTags } from './change-counts.ts'
import { countOfAll, countOfAuthor, taggingId, type Article, type ArticleStore } from './collections.ts'
import type { FindArticles } from './find-articles.ts'
import type { ArticleChange, NewArticle } from './requests.ts'
import { isSlugOf, slugAttempt } from './slug.ts'

export interface WriteArticles {
  create(request: NewArticle, authorId: string): Promise<Stored<Article>>
  change(slug: string, change: ArticleChange, viewer: string): Promise<Stored<Article>>
}

export function writeArticles(store: ArticleStore, find: FindArticles): WriteArticles {
  const { articles, texts, transact } = store

  async function create({ title, description, body, tagList }: NewArticle, authorId: string) {
    return withFreeSlug(title, (slug) =>
      retryConflicts(async () => {
        const now = new Date().toISOString()
        const created = { createdAt: now, updatedAt: now }
        const article: Article = {
          slug,
          title,
          description,
          tagList,
          authorId,
          favoritesCount: 0,
          ...created,
        }
        const creation = articles.op.create(article)
        const { id } = creation
        await transact([
          creation,
          texts.op.create({ body }, { id }),
          ...(await tagOperations(store, id, { before: [], after: tagList })),
          ...(await changeCounts(store, { [countOfAll]: 1, [countOfAuthor(authorId)]: 1 })),
        ])
        return { ...article, id, version: 1 }
      }),
    )
  }

  async function change(slug: string, { body, ...change }: ArticleChange, viewer: string) {
    const { title } = change
    const write = (newSlug: string | undefined) =>
      retryConflicts(async () => {
        const { id, version, ...before } = await find.own(slug, viewer)
        const slugStays = newSlug === undefined || isSlugOf(before.slug, title ?? before.title)
        const after: Article = {
          ...before,
          title: title ?? before.title,
          description: change.description ?? before.description,
          tagList: change.tagList ?? before.tagList,
          slug: slugStays ? before.slug : newSlug,
          updatedAt: new Date().toISOString(),
        }
        await transact([
          articles.op.put(id, after, { ifVersion: version }),
          ...(body === undefined ? [] : [texts.op.put(id, { body })]),
          ...(await tagOperations(store, id, { before: before.tagList, after: after.tagList })),
        ])
        return { ...after, id, version: version + 1 }
      })
    return title === undefined ? write(undefined) : withFreeSlug(title, write)
  }

  return { create, change }
}

/** Two articles may have one title; the second one gets a slug with something random at its end. */
async function withFreeSlug<T>(title: string, write: (slug: string) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write(slugAttempt(title, attempt))
    } catch (error) {
      if (!isFreedaError(error, 'FREEDA_CONFLICT') || error.data.index !== 'bySlug') throw error
      if (attempt === maxSlugAttempts) throw refuse(422, { title: ['has already been taken'] })
    }
  }
}

const maxSlugAttempts = 5

/** Puts an article under its tags, and takes it from those that it no longer has. */
export async function tagOperations(
  store: ArticleStore,
  articleId: string,
  { before, after }: { readonly before: readonly string[]; readonly after: readonly string[] },
): Promise<Operation[]> {
  const added = after.filter((tag) => !before.includes(tag))
  const removed = before.filter((tag) => !after.includes(tag))
  const changes = new Map([
    ...added.map((tag) => [tag, 1] as const),
    ...removed.map((tag) => [tag, -1] as const),
  ])
  return [
    ...added.map((tag) => store.taggings.op.put(taggingId(articleId, tag), { tag, articleId })),
    ...removed.map((tag) => store.taggings.op.delete(taggingId(articleId, tag))),
    ...(await changeTags(store, changes)),
  ]
}
