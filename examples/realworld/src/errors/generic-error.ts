import { z } from 'zod'

const messages = z.array(z.string())

/** What clients see of a refusal, for the documents that describe the API; `answer-errors.ts` makes it. */
export const GenericError = z
  .object({ errors: z.object({ body: messages }).catchall(messages) })
  .meta({ id: 'GenericError' })
