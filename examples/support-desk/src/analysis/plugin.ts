/** Provides analysis by rules: no network, no model, the same answer every time. Replace it by any other provider. */
import { definePlugin } from '@freeda/runtime'
import { analyseByRules } from './analyse-by-rules.ts'
import { Analysis } from './contract.ts'

export const analysis = definePlugin({
  name: 'analysis',
  freeda: '^1.0.0',
  provides: { analysis: Analysis },
  setup: () => ({ analysis: { analyse: async (text) => analyseByRules(text) } }),
})
