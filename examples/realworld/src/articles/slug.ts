/** The name of an article in an address. */
import { randomInt } from 'node:crypto'

const maxLength = 80

/** Taken by routes: `/articles/feed`. */
const reserved: ReadonlySet<string> = new Set(['feed'])

/** `How to train your Drâgon?` → `how-to-train-your-dragon`. Letters of other scripts stay as they are. */
export function slugOf(title: string): string {
  const slug = title
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .slice(0, maxLength)
    .replaceAll(/^-+|-+$/g, '')
    .toWellFormed()
  return slug === '' ? 'article' : slug
}

/** The same, or with something random at its end when it is not free. */
export const slugAttempt = (title: string, attempt: number): string => {
  const slug = slugOf(title)
  return attempt === 1 && !reserved.has(slug)
    ? slug
    : `${slug}-${randomInt(36 ** 6)
        .toString(36)
        .padStart(6, '0')}`
}

/** Whether a slug was made from this title. */
export const isSlugOf = (slug: string, title: string): boolean => {
  const base = slugOf(title)
  return slug === base || (slug.startsWith(`${base}-`) && /^[0-9a-z]{6}$/.test(slug.slice(base.length + 1)))
}
