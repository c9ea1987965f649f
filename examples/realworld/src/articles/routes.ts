/** `/articles`, `/articles/feed`, `/articles/:slug`, `/articles/:slug/favorite` and `/tags`. */
import type { PluginRouter, Stored } from '@freeda/runtime'
import { GenericError } from '../errors/generic-error.ts'
import type { Profiles } from '../profiles/contract.ts'
import { viewerOf } from '../viewer.ts'
import type { Article, ArticleStore } from './collections.ts'
import type { FavoriteArticles } from './favorite-articles.ts'
import type { FindArticles } from './find-articles.ts'
import type { ListArticles, Listing } from './list-articles.ts'
import type { RemoveArticles } from './remove-articles.ts'
import { ArticleChange, ArticleQuery, FeedQuery, NewArticle, Slug } from './requests.ts'
import { ArticlesView, ArticleView, listedArticle, TagsView } from './views.ts'
import type { WriteArticles } from './write-articles.ts'

export interface ArticleRoutes {
  readonly store: Pick<ArticleStore, 'texts'>
  readonly profiles: Profiles
  readonly find: FindArticles
  readonly write: WriteArticles
  readonly remove: RemoveArticles
  readonly favorite: FavoriteArticles
  readonly list: ListArticles
}

export function articleRoutes(router: PluginRouter, services: ArticleRoutes): void {
  const show = presenter(services)
  listRoutes(router, services, show)
  singleRoutes(router, services, show)
  favoriteRoutes(router, services, show)
}

type Presenter = ReturnType<typeof presenter>

/** Shows articles as somebody sees them: whether they like it, whether they follow its author. */
function presenter({ store, profiles, favorite }: ArticleRoutes) {
  async function listed(articles: readonly Stored<Article>[], viewer: string | undefined) {
    const [authors, liked] = await Promise.all([
      profiles.of(
        articles.map(({ authorId }) => authorId),
        viewer,
      ),
      favorite.among(
        articles.map(({ id }) => id),
        viewer,
      ),
    ])
    return articles.flatMap((article) => {
      const author = authors.get(article.authorId)
      return author === undefined ? [] : [listedArticle(article, liked.has(article.id), author)]
    })
  }

  return {
    async listing({ articles, total }: Listing, viewer: string | undefined): Promise<ArticlesView> {
      return { articles: await listed(articles, viewer), articlesCount: total }
    },

    async single(article: Stored<Article>, viewer: string | undefined): Promise<ArticleView> {
      const [[shown], text] = await Promise.all([listed([article], viewer), store.texts.get(article.id)])
      if (shown === undefined) throw new Error(`The author of the article ${article.id} is missing.`)
      return { article: { ...shown, body: text?.body ?? '' } }
    },
  }
}

const params = Slug
const tags = ['Articles']
const listResponse = { 200: ArticlesView, 401: GenericError, 422: GenericError }
const articleResponse = { 200: ArticleView, 401: GenericError, 404: GenericError }

function listRoutes(router: PluginRouter, { list }: ArticleRoutes, show: Presenter): void {
  router.get(
    '/articles',
    { query: ArticleQuery, response: listResponse, security: 'optional', summary: 'List articles', tags },
    async ({ query, principal }) => show.listing(await list.list(query), principal?.id),
  )

  router.get(
    '/articles/feed',
    {
      query: FeedQuery,
      response: listResponse,
      security: 'authenticated',
      summary: 'Articles of whom I follow',
      tags,
    },
    async ({ query, principal }) => {
      const viewer = viewerOf(principal)
      return show.listing(await list.feed(viewer, query), viewer)
    },
  )

  router.get(
    '/tags',
    { response: TagsView, security: 'public', summary: 'List tags', tags: ['Tags'] },
    async () => ({ tags: await list.tags() }),
  )
}

function singleRoutes(
  router: PluginRouter,
  { find, write, remove }: ArticleRoutes,
  { single }: Presenter,
): void {
  router.get(
    '/articles/:slug',
    { params, response: articleResponse, security: 'optional', summary: 'Get an article', tags },
    async ({ params, principal }) => single(await find.bySlug(params.slug), principal?.id),
  )

  router.post(
    '/articles',
    {
      body: NewArticle,
      response: { 201: ArticleView, 401: GenericError, 422: GenericError },
      security: 'authenticated',
      summary: 'Write an article',
      tags,
    },
    async ({ body, principal }) => {
      const viewer = viewerOf(principal)
      return single(await write.create(body.article, viewer), viewer)
    },
  )

  router.put(
    '/articles/:slug',
    {
      params,
      body: ArticleChange,
      response: { ...articleResponse, 403: GenericError, 422: GenericError },
      security: 'authenticated',
      summary: 'Change an article',
      tags,
    },
    async ({ params, body, principal }) => {
      const viewer = viewerOf(principal)
      return single(await write.change(params.slug, body.article, viewer), viewer)
    },
  )

  router.delete(
    '/articles/:slug',
    {
      params,
      response: { 204: null, 401: GenericError, 403: GenericError, 404: GenericError },
      security: 'authenticated',
      summary: 'Remove an article',
      tags,
    },
    async ({ params, principal }) => remove.remove(params.slug, viewerOf(principal)),
  )
}

function favoriteRoutes(router: PluginRouter, { favorite }: ArticleRoutes, { single }: Presenter): void {
  const spec = {
    params,
    response: articleResponse,
    security: 'authenticated',
    tags: ['Favorites'],
  } as const

  router.post(
    '/articles/:slug/favorite',
    { ...spec, summary: 'Like an article' },
    async ({ params, principal }) => {
      const viewer = viewerOf(principal)
      return single(await favorite.set(params.slug, viewer, true), viewer)
    },
  )

  router.delete(
    '/articles/:slug/favorite',
    { ...spec, summary: 'Like an article no longer' },
    async ({ params, principal }) => {
      const viewer = viewerOf(principal)
      return single(await favorite.set(params.slug, viewer, false), viewer)
    },
  )
}
