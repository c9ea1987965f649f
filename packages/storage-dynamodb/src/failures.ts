/** What a failed request means. Pure. */
import { FreedaError, isFreedaError } from '@freeda/runtime/driver'

export const driverName = 'dynamodb'

interface SdkError {
  readonly name?: string
  readonly code?: string
  readonly message?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $retryable?: { readonly throttling?: boolean }
}

const details = (error: unknown): SdkError => (typeof error === 'object' && error !== null ? error : {})

export const isNamed = (error: unknown, ...names: string[]): boolean =>
  names.includes(details(error).name ?? '')

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
const throttlingNames = [
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'LimitExceededException',
  'TransactionInProgressException',
  'TransactionConflictException',
]

export const isThrottling = (error: unknown): boolean =>
  isNamed(error, ...throttlingNames) || details(error).$retryable?.throttling === true

/** Failures before anything was sent. */
const unsentCodes = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']

/**
 * Tells that a request certainly changed nothing: it was answered with a refusal, or never sent. Of any other failure
 * (no answer, an answer cut off, a server error) nobody knows.
 */
export function isRefusal(error: unknown): boolean {
  const { name, code, message = '', $metadata } = details(error)
  const status = $metadata?.httpStatusCode ?? 0
  return (
    (status >= 400 && status < 500) ||
    isThrottling(error) ||
    unsentCodes.includes(code ?? '') ||
    name === 'CredentialsProviderError' ||
    message.includes('did not establish a connection')
  )
}

/** The SDK calls connections that were cut or refused timeouts too; there was no waiting for an answer. */
const isTimeout = (error: unknown): boolean =>
  isNamed(error, 'AbortError') ||
  (isNamed(error, 'TimeoutError') &&
    ['ETIMEDOUT', undefined].includes(details(error).code) &&
    !isRefusal(error))

interface Outcome {
  readonly timeoutMs: number
  readonly isUnknown: boolean
  readonly lastFailure: unknown
}

/** The error that a call ends with. */
export function failureOf(outcome: Outcome, { isTimeOver }: { isTimeOver: boolean }): unknown {
  const { timeoutMs, isUnknown, lastFailure: cause } = outcome
  const timeout = () => new FreedaError('FREEDA_TIMEOUT', { driver: driverName, timeoutMs }, { cause })
  // Throttling says that nothing happened: not where an earlier request may have done it.
  const isContradicted = isUnknown && isFreedaError(cause, 'FREEDA_THROTTLED')
  if (!isTimeOver && isOwn(cause) && !isContradicted) return cause
  if (isUnknown) return timeout()
  if (isThrottling(cause))
    return new FreedaError('FREEDA_THROTTLED', { driver: driverName, reason: reasonOf(cause) }, { cause })
  if (cause === undefined || isTimeOver || isTimeout(cause)) return timeout()
  return new FreedaError('FREEDA_UNAVAILABLE', { driver: driverName, reason: reasonFor(cause) }, { cause })
}

/** Errors that need no mapping: ours, and mistakes in the code. */
const isOwn = (error: unknown) =>
  isFreedaError(error) ||
  ((error instanceof TypeError || error instanceof RangeError) && details(error).$metadata === undefined)

function reasonFor(error: unknown): string {
  const reason = reasonOf(error)
  const name = details(error).name ?? 'Error'
  if (isClockSkew(name, reason))
    return `the clock of this machine is wrong. Set it (NTP, chrony), so that requests are signed with the right time. (${reason})`
  switch (name) {
    case 'ResourceNotFoundException':
      return `there is no such table. Create it, or correct \`table\` and \`region\`. (${reason})`
    case 'AccessDeniedException':
      return `access is denied. Allow the action to the role that the app runs with. (${reason})`
    case 'ExpiredTokenException':
    case 'UnrecognizedClientException':
    case 'InvalidSignatureException':
    case 'CredentialsProviderError':
      return `the credentials are refused or missing. Renew them, or give the app a role. (${reason})`
    default:
      return `${name}: ${reason}`
  }
}

/** The SDK corrects its clock by the answer and tries again; this is what is left when that did not help. */
const isClockSkew = (name: string, reason: string) =>
  ['RequestExpired', 'RequestTimeTooSkewed', 'RequestInTheFuture'].includes(name) ||
  /signature (expired|not yet current)/i.test(reason)
