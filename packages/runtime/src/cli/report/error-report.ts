/** What there is to say about an error: plain data, so that it can come from another process. */
import { isFreedaError, reasonOf, type Problem } from '../../errors.ts'
import { readFrame, type SourceFrame } from './source-frame.ts'
import { ownStack, syntaxPlace, type StackLine } from './thrown-at.ts'

export interface ErrorReport {
  /** What went wrong, in a sentence. */
  readonly message: string
  /** Freeda's code of it. */
  readonly code?: string
  readonly problems: readonly ReportedProblem[]
  /** Where the app's own code threw, or where its syntax is wrong. */
  readonly frame?: SourceFrame
  /** The calls that led there, in the app's own code. */
  readonly stack: readonly StackLine[]
  /** What to do, where neither the message nor the problems say. */
  readonly fix?: string
}

export interface ReportedProblem extends Pick<Problem, 'at' | 'message' | 'fix'> {
  readonly frame?: SourceFrame
}

export function reportOf(error: unknown): ErrorReport {
  const problems = problemsOf(error)
  return {
    message: messageOf(error, problems.length),
    ...(isFreedaError(error) ? { code: error.code } : {}),
    problems,
    ...placeOf(error),
  }
}

function messageOf(error: unknown, problems: number): string {
  if (isFreedaError(error, 'FREEDA_CONFIG_INVALID'))
    return `${problems} ${problems === 1 ? 'problem' : 'problems'} in ${error.data.file}`
  // The rest of such a message lists the problems.
  const reason = reasonOf(error)
  return problems > 0 ? reason.slice(0, reason.indexOf('\n') >>> 0) : reason
}

const problemsOf = (error: unknown): readonly Problem[] =>
  isFreedaError(error) && 'problems' in error.data ? error.data.problems : []

/** Freeda's own errors say themselves what to do, wherever they were thrown; what they were caused by may be the app's. */
function placeOf(error: unknown): Pick<ErrorReport, 'frame' | 'stack'> {
  const thrown = isFreedaError(error) && wraps.has(error.code) ? error.cause : error
  if (!(thrown instanceof Error) || isFreedaError(thrown)) return { stack: [] }
  const stack = ownStack(thrown)
  const place = isSyntaxError(thrown) ? (syntaxPlace(thrown) ?? stack[0]) : stack[0]
  const frame = place && readFrame(place)
  return { stack, ...(frame === undefined ? {} : { frame }) }
}

const wraps: ReadonlySet<string> = new Set(['FREEDA_PLUGIN_SETUP', 'FREEDA_CONFIG_LOAD'])

/** By name: jiti has its own. */
const isSyntaxError = (error: Error): boolean =>
  error instanceof SyntaxError ||
  /SyntaxError|ParseError/.test(`${error.name} ${error.stack?.slice(0, 2000)}`)
