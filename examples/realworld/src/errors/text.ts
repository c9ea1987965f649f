/** Texts from outside, refused in the words that Conduit's clients know. */
import { z } from 'zod'

const blank = "can't be blank"
const complaint = ({ input }: { readonly input?: unknown }) =>
  input === undefined || input === null ? blank : 'is invalid'

/** A text that says something; spaces around it go. */
export const line = (maxLength: number) =>
  z
    .string({ error: complaint })
    .trim()
    .min(1, blank)
    .max(maxLength, `is too long (maximum is ${maxLength} characters)`)

/** The same as it was written: spaces mean something in passwords and in Markdown. */
export const prose = (maxLength: number) =>
  z
    .string({ error: complaint })
    .max(maxLength, `is too long (maximum is ${maxLength} characters)`)
    .refine((text) => text.trim() !== '', blank)

/** A text that may be empty; `null` empties it. */
export const optionalLine = (maxLength: number) =>
  z
    .string({ error: complaint })
    .trim()
    .max(maxLength, `is too long (maximum is ${maxLength} characters)`)
    .nullable()
    .transform((text) => text ?? '')

/** What Conduit wraps each body in: `{ user: {…} }`. */
export const wrapped = <K extends string, S extends z.ZodType>(
  name: K,
  schema: S,
): z.ZodObject<Record<K, S>> => z.object({ [name]: schema } as Record<K, S>, { error: complaint })

/** An object inside of that. */
export const fields = <S extends z.ZodRawShape>(shape: S): z.ZodObject<S> =>
  z.object(shape, { error: complaint })
