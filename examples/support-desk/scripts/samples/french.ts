import { billing, delivery, returns } from './french-order-scenarios.ts'
import { frenchPhrases } from './french-phrases.ts'
import { account, other, technical } from './french-product-scenarios.ts'
import type { Phrasebook } from './scenario.ts'

export const french: Phrasebook = {
  ...frenchPhrases,
  scenarios: [
    ...account,
    ...billing,
    ...delivery,
    ...returns,
    ...technical.map((scenario) => ({ ...scenario, device: true as const })),
    ...other,
  ],
}
