/** Errors in a document: RFC 9457, as problem.ts writes them. */
import { STATUS_CODES } from 'node:http'
import { reference } from './components.ts'
import type { JsonSchema } from './json-schema.ts'

const text = { type: 'string' }

export const problemSchemas: Readonly<Record<string, JsonSchema>> = {
  Problem: {
    type: 'object',
    description: 'An error (RFC 9457). `code` is stable.',
    properties: {
      type: { ...text, examples: ['about:blank'] },
      title: text,
      status: { type: 'integer', minimum: 400, maximum: 599 },
      detail: text,
      code: { ...text, examples: ['FREEDA_VALIDATION'] },
      requestId: { ...text, description: 'Quote it when you report the problem.' },
      errors: {
        type: 'array',
        description: 'Of FREEDA_VALIDATION: every value that is not valid.',
        items: {
          type: 'object',
          properties: { path: { ...text, examples: ['body.text'] }, message: text },
          required: ['path', 'message'],
        },
      },
      currentVersion: { type: 'integer', description: 'Of FREEDA_CONFLICT: the version that is stored.' },
    },
    required: ['type', 'title', 'status', 'code', 'requestId'],
  },
}

const described: Readonly<Record<number, string>> = {
  400: 'The request could not be read.',
  401: 'No credentials that hold.',
  403: 'The credentials do not allow this.',
  409: 'A request with the same Idempotency-Key is under way.',
  412: 'The document has another version than `If-Match` says.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'Values are not valid; `errors` has them all.',
  429: 'Too many requests; `Retry-After` says when to come again.',
}

const nameOf = (status: number) => (STATUS_CODES[status] ?? `Problem${status}`).replaceAll(/[^A-Za-z]/g, '')

/** A reference to one of {@link problemResponses}. */
export const problemResponse = (status: number | 'default'): JsonSchema => ({
  $ref: `#/components/responses/${status === 'default' ? 'Problem' : nameOf(status)}`,
})

const response = (description: string): JsonSchema => ({
  description,
  content: { 'application/problem+json': { schema: reference('Problem') } },
})

export const problemResponses: Readonly<Record<string, JsonSchema>> = {
  Problem: response('An error.'),
  ...Object.fromEntries(
    Object.entries(described).map(([status, description]) => [nameOf(Number(status)), response(description)]),
  ),
}
