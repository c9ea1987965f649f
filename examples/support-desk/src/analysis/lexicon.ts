/** The words that the rules look for in one language. */
import type { Category, Urgency } from './contract.ts'

/**
 * Terms are written as {@link normalise} leaves a text: lower case, without accents, with straight apostrophes.
 * A term matches from the start of a word on, so that `refund` also finds `refunds` and `refunded`; a trailing `$`
 * asks for the whole word.
 */
export type Terms = readonly string[]

/** Terms from a list with commas. */
export const terms = (list: string): Terms => list.split(',').map((term) => term.trim())

export interface Lexicon {
  /** Frequent little words that give the language away. */
  readonly markers: Terms
  /** Words that turn the praise after them round: `not happy`, `pas content`. */
  readonly negations: Terms
  readonly positive: Terms
  readonly negative: Terms
  readonly categories: Readonly<Record<Exclude<Category, 'other'>, Terms>>
  readonly urgencies: Readonly<Record<Exclude<Urgency, 'normal'>, Terms>>
}

const accents = /\p{Diacritic}/gu

/** Makes texts comparable: `Déçu, l’écran` becomes `decu, l'ecran`. */
export const normalise = (text: string): string =>
  text.normalize('NFD').replace(accents, '').replace(/[’‘]/g, "'").toLowerCase().replace(/œ/g, 'oe')

/** A pattern that finds any of the terms, or only those right after the pattern `before`. */
export const patternOf = (terms: Terms, before = ''): RegExp =>
  new RegExp(`(?<![a-z0-9])${before}(?:${terms.map(termPattern).join('|')})`, 'g')

const termPattern = (term: string) =>
  term.endsWith('$') ? `${escaped(term.slice(0, -1))}(?![a-z0-9])` : escaped(term)

const escaped = (term: string) => term.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** How often a pattern of {@link patternOf} occurs in a normalised text. */
export const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0
