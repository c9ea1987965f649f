/**
 * What is done with a new message after it was stored, by a job that was stored together with it: so it happens, also when
 * the process that took the message ends right after.
 */
import { isFreedaError, queue, type Job, type QueueOf } from '@freeda/runtime'
import { z } from 'zod'
import type { MessageFeed } from '../live/contract.ts'
import type { CautiousAnalysis } from './cautious-analysis.ts'
import type { TicketStore } from './collections.ts'
import type { StoredMessage } from './message.ts'
import type { AnalysisResult } from '../analysis/contract.ts'

export const NewMessage = z.object({ messageId: z.string() })

/** A provider of the analysis that is away for an hour is waited for. */
export const newMessages = queue(NewMessage, { attempts: 12 })

export type NewMessages = QueueOf<typeof newMessages>

export interface ReadingContext {
  readonly store: TicketStore
  readonly feed: MessageFeed
  readonly analysis: CautiousAnalysis
}

/** Announces a message to those who follow its ticket, and brings the ticket's analysis up to what its customer wrote last. */
export const readMessage =
  ({ store, feed, analysis }: ReadingContext) =>
  async ({ value, commit }: Job<z.infer<typeof NewMessage>>): Promise<void> => {
    const message = await store.messages.get(value.messageId)
    if (message === undefined) return
    // Once more: whoever has it knows it by its position.
    await feed.publish(message)
    if (message.kind !== 'customer') return
    const result = await analysis.analyse(message.text)
    if (result === undefined) throw new Error('the analysis failed')
    await keep(store, message, result, commit)
  }

/** Together with the end of the job, so that it is kept once; again when somebody else changed the ticket meanwhile. */
async function keep(
  { tickets }: TicketStore,
  { ticketId, createdAt }: StoredMessage,
  analysis: AnalysisResult,
  commit: Job<unknown>['commit'],
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const ticket = await tickets.get(ticketId)
    // Jobs are done in no particular order: a later message may have been read already.
    if (ticket === undefined || (ticket.analysedAt !== undefined && ticket.analysedAt > createdAt)) return
    const { version: ifVersion } = ticket
    try {
      return await commit([
        tickets.op.put(ticketId, { ...ticket, analysis, analysedAt: createdAt }, { ifVersion }),
      ])
    } catch (error) {
      if (!isFreedaError(error, 'FREEDA_CONFLICT') || attempt === maxAttempts) throw error
    }
  }
}

const maxAttempts = 5
