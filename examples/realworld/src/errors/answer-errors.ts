/** Errors in the shape that the RealWorld specification wants, in place of Freeda's problem documents. */
import {
  httpProblem,
  isFreedaError,
  type FieldError,
  type FreedaError,
  type PluginRouter,
  type RequestContext,
} from '@freeda/runtime'
import { flatten, type Messages } from './refuse.ts'

interface Refusal {
  readonly status: number
  readonly messages: Messages
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Answers what goes wrong on these paths as `{ errors: { body: [...] } }`, as `GenericError` of the specification has it,
 * with the same messages by field beside it, as its clients show them. What is nobody's request's fault goes on to Freeda,
 * which logs it and tells nothing. Call it before the routes are defined.
 *
 * Not `router.use`: a guard stands before the middleware of its route, and its 401 has to be answered here too.
 */
export const answerErrors = (router: PluginRouter, paths: readonly string[]): unknown =>
  router.all([...paths], (ctx, next) => translate(ctx, next))

async function translate(ctx: RequestContext, next: () => Promise<unknown>): Promise<void> {
  try {
    await next()
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === undefined) throw error
    const errors = { ...refusal.messages, body: flatten(refusal.messages) }
    // What is left of a body that was given up, Freeda knows how to deal with, when it answers an error itself.
    if (isBodyError(error) && !ctx.req.complete)
      throw httpProblem(refusal.status, { code: error.code, extensions: { errors } })
    ctx.status = refusal.status
    ctx.set(refusal.headers)
    ctx.body = { errors }
  }
}

function refusalOf(error: unknown): Refusal | undefined {
  if (isFreedaError(error, 'FREEDA_VALIDATION')) return refusal(422, messagesOf(error.data.errors))
  // The specification knows no 400.
  if (isFreedaError(error, 'FREEDA_BODY_MALFORMED')) return refusal(422, { body: [error.message] })
  if (isFreedaError(error, 'FREEDA_UNAUTHENTICATED'))
    return refusal(401, { token: ['is missing'] }, { 'www-authenticate': 'Token' })
  if (!isClientError(error)) return undefined
  return refusal(error.status, error.extensions?.messages ?? { body: [error.message] }, error.headers)
}

const refusal = (status: number, messages: Messages, headers = {}): Refusal => ({ status, messages, headers })

const isBodyError = (error: unknown): error is FreedaError =>
  isFreedaError(error) && error.code.startsWith('FREEDA_BODY_')

interface ClientError extends Error {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly extensions?: { readonly messages?: Messages }
}

/** Of Freeda, of `refuse`, and of koa's `ctx.throw`; but not 429, of which Freeda alone knows when to come again. */
const isClientError = (error: unknown): error is ClientError => {
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500
  return status >= 400 && status < 500 && status !== 429
}

/** `body.article.tagList[1]` is about `tagList`. */
function messagesOf(errors: readonly FieldError[]): Messages {
  const messages: Record<string, string[]> = {}
  for (const { path, message } of errors) {
    const field = /([\w-]+)(?:\[[^\]]*\])*$/.exec(path)?.[1] ?? 'body'
    const texts = (messages[field] ??= [])
    if (!texts.includes(message)) texts.push(message)
  }
  return messages
}
