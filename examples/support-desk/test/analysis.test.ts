import { fake } from '@freeda/runtime/testing'
import { Health } from '@freeda/runtime'
import { describe, expect, it } from 'vitest'
import { analyseByRules } from '../src/analysis/analyse-by-rules.ts'
import { Analysis, type AnalysisResult } from '../src/analysis/contract.ts'
import { openDesk } from './desk.ts'

type Case = readonly [text: string, expected: Partial<AnalysisResult>]

const french: readonly Case[] = [
  [
    'Bonjour, mon colis n’est toujours pas arrivé, je suis très déçue.',
    { category: 'delivery', sentiment: 'negative' },
  ],
  [
    "J'ai été prélevé deux fois pour ma facture, c'est inadmissible !",
    { category: 'billing', sentiment: 'negative' },
  ],
  ['Impossible de me connecter, mon mot de passe est refusé.', { category: 'account' }],
  ['Je voudrais renvoyer la lampe et me faire rembourser.', { category: 'returns', sentiment: 'neutral' }],
  ["L'application plante depuis la mise à jour, écran blanc.", { category: 'technical' }],
  ['Merci beaucoup, je suis ravie, tout est parfait 😊', { category: 'other', sentiment: 'positive' }],
  ['Je ne suis pas du tout content de votre service.', { sentiment: 'negative' }],
  ['URGENT : mon compte a été piraté, appelez-moi tout de suite', { urgency: 'high', category: 'account' }],
  ["Rien d'urgent, une simple question sur le tarif.", { urgency: 'low', category: 'billing' }],
  ['Voyant détartrage bloqué…', { category: 'technical', sentiment: 'neutral' }],
]

const english: readonly Case[] = [
  ['Hello, my parcel is late again and nobody answers.', { category: 'delivery', sentiment: 'negative' }],
  ['I was charged twice for this invoice. Unacceptable.', { category: 'billing', sentiment: 'negative' }],
  ['I cannot sign in, my password is no longer accepted.', { category: 'account', sentiment: 'neutral' }],
  ['How do I send it back for a refund?', { category: 'returns' }],
  ['The app crashes with an error since the update.', { category: 'technical' }],
  [
    'Thank you, the exchange was perfect and I love the new colour!',
    { category: 'returns', sentiment: 'positive' },
  ],
  ['I am not at all happy with this.', { sentiment: 'negative' }],
  [
    'There is smoke coming out of the charger, call me immediately!',
    { urgency: 'high', category: 'technical' },
  ],
  ['No rush, whenever you can: could you look at this?', { urgency: 'low' }],
  ['ok', { category: 'other', sentiment: 'neutral', urgency: 'normal' }],
]

describe('analysis by rules', () => {
  it.each(french)('reads French: %s', (text, expected) => {
    expect(analyseByRules(text)).toMatchObject({ language: 'fr', ...expected })
  })

  it.each(english)('reads English: %s', (text, expected) => {
    expect(analyseByRules(text)).toMatchObject({ language: 'en', ...expected })
  })

  it('takes courtesy for what it is', () => {
    expect(analyseByRules('Merci d’avance et bonne journée.').sentiment).toBe('neutral')
    expect(analyseByRules('Thanks in advance for your help, kind regards').sentiment).toBe('neutral')
  })

  it('does not care about accents, case and typographic apostrophes', () => {
    for (const text of ['Je suis déçu, l’écran est cassé', "JE SUIS DECU, L'ECRAN EST CASSE"])
      expect(analyseByRules(text)).toMatchObject({
        language: 'fr',
        sentiment: 'negative',
        category: 'technical',
      })
  })
})

describe('the analysis of new tickets', () => {
  const gloomy: AnalysisResult = {
    language: 'fr',
    sentiment: 'negative',
    category: 'billing',
    urgency: 'high',
  }

  it('comes from whoever provides it, and sets the priority', async () => {
    const texts: string[] = []
    const provider: Analysis = {
      analyse: async (text) => {
        texts.push(text)
        return gloomy
      },
    }
    const desk = await openDesk({ override: [fake(Analysis, provider)] })
    const id = await desk.open({ subject: 'Hello', text: 'A lovely day.' })
    expect(await desk.look(id)).toMatchObject({ analysis: gloomy, priority: 'high' })
    expect(texts).toEqual(['Hello\nA lovely day.'])
  })

  const never = new Promise<never>(() => undefined)
  it.each<[string, Analysis['analyse']]>([
    ['fails', () => Promise.reject(new Error('The model is asleep.'))],
    ['never answers', () => never],
    ['talks nonsense', async () => ({ mood: 'purple' }) as unknown as AnalysisResult],
  ])('is done without when the provider %s, and health says so', async (_, analyse) => {
    const desk = await openDesk({
      override: [fake(Analysis, { analyse })],
      tickets: { analysisTimeoutMs: 20 },
    })
    const ticket = await desk.look(await desk.open())
    expect(ticket).toMatchObject({ status: 'open', priority: 'normal' })
    expect(ticket.analysis).toBeUndefined()

    const { ok, checks } = await desk.app.get(Health).readiness()
    expect(ok).toBe(true)
    expect(checks).toContainEqual(expect.objectContaining({ name: 'analysis', ok: false, critical: false }))
  })
})
