/** What Conduit says when it refuses something: messages by field. */
import { httpProblem, type HttpProblem } from '@freeda/runtime'

/** `{ username: ['has already been taken'] }` */
export type Messages = Readonly<Record<string, readonly string[]>>

const codes: Readonly<Record<number, string>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  422: 'refused',
}

/** An error that reaches the client with these messages: `throw refuse(404, { article: ['not found'] })`. */
export const refuse = (status: 401 | 403 | 404 | 422, messages: Messages): HttpProblem =>
  httpProblem(status, {
    code: codes[status]!,
    detail: flatten(messages).join('; '),
    extensions: { messages },
    ...(status === 401 ? { headers: { 'www-authenticate': 'Token' } } : {}),
  })

/** `['username has already been taken']`; the field `body` goes without its name, which would say nothing. */
export const flatten = (messages: Messages): string[] =>
  Object.entries(messages).flatMap(([field, texts]) =>
    texts.map((text) => (field === 'body' ? text : `${field} ${text}`)),
  )
