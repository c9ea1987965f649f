/** What accounts look like from outside, and who follows whom. */
import { definePlugin, type PluginRouter } from '@freeda/runtime'
import { z } from 'zod'
import { answerErrors } from '../errors/answer-errors.ts'
import { GenericError } from '../errors/generic-error.ts'
import { Accounts } from '../users/contract.ts'
import { viewerOf } from '../viewer.ts'
import { profileCollections } from './collections.ts'
import { Profile, Profiles } from './contract.ts'
import { following, type Following } from './following.ts'

export const profiles = definePlugin({
  name: 'profiles',
  freeda: '^1.0.0',
  prefix: '/api/profiles',
  collections: profileCollections,
  needs: { accounts: Accounts },
  provides: { profiles: Profiles },
  setup({ collections, needs, router }) {
    const profiles = following(needs.accounts, collections.follows)
    answerErrors(router, ['/:username', '/:username/follow'])
    profileRoutes(router, profiles)
    return { profiles }
  },
})

const params = z.object({ username: z.string() })
const response = { 200: z.object({ profile: Profile }), 401: GenericError, 404: GenericError }
const tags = ['Profile']

function profileRoutes(router: PluginRouter, profiles: Following): void {
  router.get(
    '/:username',
    { params, response, security: 'optional', summary: 'Get a profile', tags },
    async ({ params, principal }) => ({ profile: await profiles.see(params.username, principal?.id) }),
  )

  router.post(
    '/:username/follow',
    { params, response, security: 'authenticated', summary: 'Follow somebody', tags },
    async ({ params, principal }) => ({
      profile: await profiles.follow(params.username, viewerOf(principal)),
    }),
  )

  router.delete(
    '/:username/follow',
    { params, response, security: 'authenticated', summary: 'Follow somebody no longer', tags },
    async ({ params, principal }) => ({
      profile: await profiles.unfollow(params.username, viewerOf(principal)),
    }),
  )
}
