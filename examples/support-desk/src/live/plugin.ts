/** Tells those who follow a ticket of its new messages. Two plugins: tickets announce to the one, the other reads tickets. */
import { Bus, definePlugin } from '@freeda/runtime'
import { Tickets } from '../tickets/contract.ts'
import { busFeed } from './bus-feed.ts'
import { MessageFeed } from './contract.ts'
import { liveRoutes } from './routes.ts'

export const feed = definePlugin({
  name: 'feed',
  freeda: '^1.0.0',
  needs: { bus: Bus },
  provides: { feed: MessageFeed },
  setup: ({ needs: { bus } }) => ({ feed: busFeed(bus) }),
})

export const live = definePlugin({
  name: 'live',
  freeda: '^1.0.0',
  prefix: '/',
  needs: { tickets: Tickets, feed: MessageFeed },
  setup({ needs, router }) {
    liveRoutes(router, needs)
  },
})
