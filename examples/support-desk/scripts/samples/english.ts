import { billing, delivery, returns } from './english-order-scenarios.ts'
import { englishPhrases } from './english-phrases.ts'
import { account, other, technical } from './english-product-scenarios.ts'
import type { Phrasebook } from './scenario.ts'

export const english: Phrasebook = {
  ...englishPhrases,
  scenarios: [
    ...account,
    ...billing,
    ...delivery,
    ...returns,
    ...technical.map((scenario) => ({ ...scenario, device: true as const })),
    ...other,
  ],
}
