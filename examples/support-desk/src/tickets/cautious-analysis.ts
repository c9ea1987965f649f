/** A ticket must be opened even when the analysis is down, slow or talks nonsense: it then goes without. */
import { AnalysisResult, type Analysis } from '../analysis/contract.ts'

export interface CautiousAnalysis {
  /** `undefined` when the provider failed. Never throws. */
  analyse(text: string): Promise<AnalysisResult | undefined>
  /** For the health check: throws why the last analysis failed, if it did. Costs no call to the provider. */
  check(): void
}

export function cautiousAnalysis(
  analysis: Analysis,
  { timeoutMs, log }: { timeoutMs: number; log: { warn(data: object, message: string): void } },
): CautiousAnalysis {
  let failure: unknown
  return {
    async analyse(text) {
      const signal = AbortSignal.timeout(timeoutMs)
      try {
        const answer = await Promise.race([analysis.analyse(text, { signal }), aborted(signal)])
        failure = undefined
        return AnalysisResult.parse(answer)
      } catch (error) {
        failure = error
        log.warn({ err: error }, 'The analysis failed; the ticket goes without.')
        return undefined
      }
    },
    check() {
      if (failure !== undefined) throw failure
    },
  }
}

/** Rejects when the signal aborts, for providers that ignore it. */
const aborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
