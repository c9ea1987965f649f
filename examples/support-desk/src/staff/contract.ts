/** Who is staff: a token, and what a provider must be able to do. */
import { service, type RequestContext } from '@freeda/runtime'

/** Koa middleware that lets staff pass and answers everybody else itself. */
export type StaffOnly = (ctx: RequestContext, next: () => Promise<unknown>) => Promise<void>

export const StaffOnly = service<StaffOnly>('support.staff-only')
