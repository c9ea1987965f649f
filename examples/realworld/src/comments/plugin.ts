/** What is said about articles. */
import { definePlugin } from '@freeda/runtime'
import { Articles } from '../articles/contract.ts'
import { answerErrors } from '../errors/answer-errors.ts'
import { Profiles } from '../profiles/contract.ts'
import { commentCollections } from './collections.ts'
import { commentRoutes } from './routes.ts'
import { talk } from './talk.ts'

export const comments = definePlugin({
  name: 'comments',
  freeda: '^1.0.0',
  prefix: '/api',
  collections: commentCollections,
  needs: { articles: Articles, profiles: Profiles },
  setup({ collections, transact, needs, router }) {
    const { articles, profiles } = needs
    const comments = talk(collections.comments, transact, articles)

    articles.onRemoved(comments.removeAll)
    answerErrors(router, ['/articles/:slug/comments', '/articles/:slug/comments/:id'])
    commentRoutes(router, comments, profiles)
  },
})
