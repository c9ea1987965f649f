/** What the sample conversations are made of. */
import type { Priority } from '../../src/tickets/ticket.ts'

/**
 * A template: `{order}` is filled in, `[hello|good morning]` is one of its parts at random (also nested, also empty).
 */
export type Template = string

/** What a product can do, so that nobody complains about the Bluetooth of a lamp. */
type Ability = 'app' | 'battery' | 'bluetooth' | 'motor' | 'water'

export interface Product {
  readonly abilities: readonly Ability[]
  /** Forms of its name, as templates use them. */
  readonly words: Readonly<Record<string, string>>
  readonly price: number
}

/** One kind of reason to write to support. */
export interface Scenario {
  readonly priorities: readonly Priority[]
  readonly ability?: Ability
  /** Something does not work, rather than somebody. */
  readonly device?: true
  /** Nothing is wrong: no apologies, no reminders. */
  readonly pleasant?: true
  readonly subjects: readonly Template[]
  readonly problems: readonly Template[]
  readonly details: readonly Template[]
  readonly wishes: readonly Template[]
  /** The whole of it, as a text message. */
  readonly short: readonly Template[]
  /** Staff needs to know something more, and the customer's answer. */
  readonly questions: readonly Template[]
  readonly answers: readonly Template[]
  readonly solutions: readonly Template[]
  /** Between colleagues. */
  readonly notes: readonly Template[]
}

/** A language: its scenarios and what surrounds them. */
export interface Phrasebook {
  readonly products: readonly Product[]
  readonly women: readonly string[]
  readonly men: readonly string[]
  readonly lastNames: readonly string[]
  readonly cities: readonly string[]
  /** From Sunday on. Templates name days, never dates: the demo moves the samples in time. */
  readonly weekdays: readonly string[]
  readonly past: Template
  readonly coming: Template
  readonly phone: Template
  readonly greetings: readonly Template[]
  readonly closings: readonly Template[]
  readonly calls: readonly Template[]
  /** Sentences for people who tell the whole story. */
  readonly stories: readonly Template[]
  readonly deviceStories: readonly Template[]
  /** After a while without an answer. */
  readonly nudges: readonly Template[]
  readonly acknowledgements: readonly Template[]
  readonly thanks: readonly Template[]
  readonly deviceThanks: readonly Template[]
  readonly signOffs: readonly Template[]
  readonly scenarios: readonly Scenario[]
}

/** `names('Anna, Bob')` */
export const names = (list: string): string[] => list.split(',').map((name) => name.trim())
