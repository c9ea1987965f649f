/** Analysis by counting words: crude, but instant, explainable and free. */
import type { AnalysisResult, Category, Language, Sentiment, Urgency } from './contract.ts'
import { english } from './english.ts'
import { french } from './french.ts'
import { count, normalise, patternOf, type Lexicon } from './lexicon.ts'

/** Reads a text in French or English; a text in neither is read as English. */
export function analyseByRules(text: string): AnalysisResult {
  const plain = normalise(text)
  const language = languageOf(text, plain)
  const rules = rulesOf[language]
  return {
    language,
    sentiment: sentimentOf(text, plain, rules),
    category: categoryOf(plain, rules),
    urgency: urgencyOf(plain, rules),
  }
}

const compile = (lexicon: Lexicon) => {
  // At most two words between: "pas du tout content", "not at all happy".
  const negation = `(?:${lexicon.negations.join('|')}) (?:[a-z']+ ){0,2}`
  return {
    markers: patternOf(lexicon.markers),
    positive: patternOf(lexicon.positive),
    negatedPositive: patternOf(lexicon.positive, negation),
    negative: patternOf(lexicon.negative),
    categories: Object.entries(lexicon.categories).map(
      ([category, terms]) => [category as Category, patternOf(terms)] as const,
    ),
    high: patternOf(lexicon.urgencies.high),
    low: patternOf(lexicon.urgencies.low),
  }
}
type Rules = ReturnType<typeof compile>

const rulesOf: Readonly<Record<Language, Rules>> = { en: compile(english), fr: compile(french) }

function languageOf(text: string, plain: string): Language {
  const lead = count(plain, rulesOf.fr.markers) - count(plain, rulesOf.en.markers)
  // A text message may have no little words at all, but accents.
  return lead > 0 || (lead === 0 && /[àâçéèêëîïôûœ]/i.test(text)) ? 'fr' : 'en'
}

const smiles = /[😀😃😄😁😊🙂😍🥰👍🎉💚❤👏]/gu
const frowns = /[😞😟😠😡🤬😤😒🙁😢😭👎💔]/gu

function sentimentOf(text: string, plain: string, rules: Rules): Sentiment {
  const negated = count(plain, rules.negatedPositive)
  const good = count(plain, rules.positive) - negated + count(text, smiles)
  const bad = count(plain, rules.negative) + negated + count(text, frowns)
  if (good === bad) return 'neutral'
  return good > bad ? 'positive' : 'negative'
}

function categoryOf(plain: string, rules: Rules): Category {
  let best: { category: Category; hits: number } = { category: 'other', hits: 0 }
  for (const [category, pattern] of rules.categories) {
    const hits = count(plain, pattern)
    if (hits > best.hits) best = { category, hits }
  }
  return best.category
}

/** A text that calls itself harmless is believed first: "rien d'urgent" also contains "urgent". */
function urgencyOf(plain: string, rules: Rules): Urgency {
  if (count(plain, rules.low) > 0) return 'low'
  return count(plain, rules.high) > 0 ? 'high' : 'normal'
}
