/** The names that generated code gives to things, from the one that a user gave. */
import { UsageError } from '../command.ts'

export interface Names {
  /** As given: `order-items`. Names files, plugins and paths. */
  readonly kebab: string
  /** `orderItems`. */
  readonly camel: string
  /** One of them, as a type: `OrderItem`. */
  readonly type: string
  /** One of them, in a sentence: `order item`. */
  readonly noun: string
}

/** @throws UsageError */
export function parseName(given: string): Names {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(given) || given.length > 48) {
    const meant = given
      .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^[-0-9]+|-+$/g, '')
      .slice(0, 48)
    throw new UsageError(
      `"${given}" cannot be a name here: use at most 48 lower-case letters, digits and "-".${meant === '' ? '' : ` Did you mean "${meant}"?`}`,
    )
  }
  const words = given.split('-')
  const one = [...words.slice(0, -1), singular(words.at(-1)!)]
  const camel = camelOf(words)
  return {
    kebab: given,
    camel: reserved.has(camel) ? `${camel}Plugin` : camel,
    type: one.map(capital).join(''),
    noun: one.join(' '),
  }
}

export const camelOf = (words: readonly string[]): string =>
  words.map((word, i) => (i === 0 ? word : capital(word))).join('')

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

function singular(word: string): string {
  if (/(ss|us|is|news)$/.test(word) || word.length < 3) return word
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`
  if (/(sh|ch|ss|x|z)es$/.test(word)) return word.slice(0, -2)
  return word.endsWith('s') ? word.slice(0, -1) : word
}

/** Words of the language, and names that generated code or a config uses. */
const reserved: ReadonlySet<string> = new Set(
  `arguments await break case catch class const continue debugger default delete do else enum eval export extends false
  finally for function if implements import in instanceof interface let new null package private protected public return
  static super switch this throw true try typeof undefined var void while with yield
  app collection collections config definePlugin defineConfig env expect health httpProblem it json mode page params reply router secret test z`.split(
    /\s+/,
  ),
)
