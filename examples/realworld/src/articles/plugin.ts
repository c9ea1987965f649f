/** Articles, who likes them, and their tags. */
import { definePlugin } from '@freeda/runtime'
import { answerErrors } from '../errors/answer-errors.ts'
import { Profiles } from '../profiles/contract.ts'
import { Accounts } from '../users/contract.ts'
import { articleCollections, type ArticleStore } from './collections.ts'
import { Articles } from './contract.ts'
import { favoriteArticles } from './favorite-articles.ts'
import { findArticles } from './find-articles.ts'
import { listArticles } from './list-articles.ts'
import { removeArticles } from './remove-articles.ts'
import { articleRoutes } from './routes.ts'
import { writeArticles } from './write-articles.ts'

export const articles = definePlugin({
  name: 'articles',
  freeda: '^1.0.0',
  prefix: '/api',
  collections: articleCollections,
  needs: { accounts: Accounts, profiles: Profiles },
  provides: { articles: Articles },
  setup({ collections, transact, needs, router, log, onStart }) {
    const { accounts, profiles } = needs
    const store: ArticleStore = { ...collections, transact }
    const find = findArticles(store)
    const write = writeArticles(store, find)
    const remove = removeArticles(store, find, log)
    const favorite = favoriteArticles(store, find)
    const list = listArticles(store, favorite, accounts, profiles)

    onStart(() => remove.resume())
    answerErrors(router, [
      '/articles',
      '/articles/feed',
      '/articles/:slug',
      '/articles/:slug/favorite',
      '/tags',
    ])
    articleRoutes(router, { store, profiles, find, write, remove, favorite, list })
    return {
      articles: {
        idOf: async (slug) => (await find.bySlug(slug)).id,
        stillThere: (id) => collections.articles.op.check(id, { exists: true }),
        onRemoved: remove.onRemoved,
      },
    }
  },
})
