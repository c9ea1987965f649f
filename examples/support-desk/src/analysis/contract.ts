/** What the rest of the app knows of analysis: a token, and the shape of an answer. Who answers is up to the config. */
import { service } from '@freeda/runtime'
import { z } from 'zod'

export const Language = z.enum(['en', 'fr'])
export const Sentiment = z.enum(['negative', 'neutral', 'positive'])
export const Category = z.enum(['account', 'billing', 'delivery', 'returns', 'technical', 'other'])
export const Urgency = z.enum(['low', 'normal', 'high'])

export const AnalysisResult = z.object({
  language: Language,
  sentiment: Sentiment,
  category: Category,
  urgency: Urgency,
})

export type Language = z.infer<typeof Language>
export type Sentiment = z.infer<typeof Sentiment>
export type Category = z.infer<typeof Category>
export type Urgency = z.infer<typeof Urgency>
export type AnalysisResult = z.infer<typeof AnalysisResult>

/** Reads what a customer wrote. A provider may be a function in this process or a model far away. */
export interface Analysis {
  analyse(text: string, context: { readonly signal: AbortSignal }): Promise<AnalysisResult>
}

export const Analysis = service<Analysis>('support.analysis')
