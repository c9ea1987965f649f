/**
 * Every error that Freeda throws: one class, one table of codes. Imports nothing.
 * `docs/errors.md` explains each code; a test keeps both equal. A retired code never returns.
 */

/** One thing that is wrong in a config, a plugin or an environment, with the way to mend it. */
export interface Problem {
  /** Stable code of this kind of problem, e.g. `unknown_key`. */
  readonly code: string
  /** Where it is: a path into the config (`plugins[1].options.port`), a variable, a plugin, a file. */
  readonly at: string
  /** What is wrong, in one sentence, with what was found and what was expected. */
  readonly message: string
  /** What to do about it, in one sentence. */
  readonly fix?: string
}

/** One invalid value in a request or a document. */
export interface FieldError {
  /** Path of the value, e.g. `body.messages[0].text`. */
  readonly path: string
  readonly message: string
}

interface Kind {
  /** HTTP status when it reaches a client. Defaults to 500. */
  readonly status?: number
  /** Whether the same call may succeed later without a change. Defaults to `false`. */
  readonly retryable?: boolean
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each entry narrows its own data; ErrorData reads it back
  readonly message: (data: never) => string
}

const at = (d: { collection: string; id?: string }) =>
  d.id === undefined ? d.collection : `${d.collection}/${d.id}`
const numbered = (problems: readonly Problem[]) =>
  problems.map((p) => `\n  - ${p.at}: ${p.message}${p.fix === undefined ? '' : ` ${p.fix}`}`).join('')

const table = {
  // Boot
  FREEDA_CONFIG_NOT_FOUND: {
    message: (d: { searched: string; fix: string }) => `No Freeda config found in ${d.searched}. ${d.fix}`,
  },
  FREEDA_CONFIG_LOAD: {
    message: (d: { file: string; reason: string }) => `Could not load ${d.file}: ${d.reason}`,
  },
  FREEDA_CONFIG_INVALID: {
    message: (d: { file: string; problems: readonly Problem[] }) =>
      `${d.file} has ${d.problems.length === 1 ? 'a problem' : `${d.problems.length} problems`}:${numbered(d.problems)}`,
  },
  FREEDA_BUILD: {
    message: (d: { file: string; problems: readonly Problem[] }) =>
      `The app of ${d.file} could not be built:${numbered(d.problems)}`,
  },
  FREEDA_BUILD_FOLDER: {
    message: (d: { directory: string; reason: string; fix: string }) =>
      `The output folder ${d.directory} cannot be used: ${d.reason} ${d.fix}`,
  },
  FREEDA_BUILD_MISSING: {
    message: (d: { searched: string }) =>
      `There is no built app in ${d.searched}. Run \`freeda build\` first, or start from the sources without --built.`,
  },
  FREEDA_BUILD_PLUGIN: {
    message: (d: { name: string }) =>
      `The plugin "${d.name}" is not in this build: the config did not name it when the app was built. Build again, or import the plugin in the config.`,
  },
  FREEDA_PLUGIN_DEFINITION: {
    message: (d: { plugin: string; reason: string }) =>
      `Plugin "${d.plugin}" is not defined correctly: ${d.reason}`,
  },
  FREEDA_PLUGIN_SETUP: {
    message: (d: { plugin: string; hook: string; reason: string }) =>
      `Plugin "${d.plugin}" failed in ${d.hook}: ${d.reason}`,
  },
  FREEDA_PLUGIN_TIMEOUT: {
    message: (d: { plugin: string; hook: string; timeoutMs: number }) =>
      `Plugin "${d.plugin}" did not finish ${d.hook} within ${d.timeoutMs} ms. Look for a promise that never settles, or pass \`signal\` to what it waits for.`,
  },
  FREEDA_PLUGIN_PROVIDES: {
    message: (d: { plugin: string; reason: string }) =>
      `Plugin "${d.plugin}" did not return the services that it provides: ${d.reason}`,
  },
  FREEDA_SERVICE_UNKNOWN: {
    message: (d: { service: string }) => `No plugin of this app provides the service ${d.service}.`,
  },
  FREEDA_ROUTE_CONFLICT: {
    message: (d: { problems: readonly Problem[] }) =>
      `Routes are claimed more than once, or never reached:${numbered(d.problems)}`,
  },
  FREEDA_ROUTE_DEFINITION: {
    message: (d: { route: string; reason: string }) =>
      `The route ${d.route} is not defined correctly: ${d.reason}`,
  },
  FREEDA_SECURITY_INVALID: {
    message: (d: { problems: readonly Problem[] }) =>
      `Routes ask for a security that this app cannot give:${numbered(d.problems)}`,
  },
  FREEDA_LISTEN: {
    message: (d: { host: string; port: number; reason: string }) =>
      `Could not listen on ${d.host}:${d.port}: ${d.reason}`,
  },
  FREEDA_STOP: {
    message: (d: { failures: readonly string[] }) => `Stopped, but not cleanly: ${d.failures.join('; ')}`,
  },

  // Storage
  FREEDA_NOT_FOUND: {
    status: 404,
    message: (d: { collection: string; id: string }) => `${at(d)} does not exist.`,
  },
  FREEDA_CONFLICT: {
    status: 409,
    message: (d: {
      collection: string
      id: string
      /** Position of the operation in its transaction; 0 for a single write. */
      operation?: number
      /** The version that the caller expected, or `absent`/`present`. */
      expected?: number | 'absent' | 'present'
      /** The version that is stored; undefined when there is no document. */
      currentVersion?: number | undefined
      /** The unique index that another document holds. */
      index?: string
    }) =>
      d.index !== undefined
        ? `${at(d)} cannot be written: another document has the same value in the unique index "${d.index}".`
        : d.expected === 'absent'
          ? `${at(d)} exists already${d.currentVersion === undefined ? '' : ` (version ${d.currentVersion})`}.`
          : `${at(d)} is ${d.currentVersion === undefined ? 'absent' : `at version ${d.currentVersion}`}, but ${
              typeof d.expected === 'number' ? `version ${d.expected}` : 'its presence'
            } was expected.`,
  },
  FREEDA_UPDATE_NESTED: {
    message: (d: { collection: string; id: string }) =>
      `${at(d)} cannot be updated within an update of itself: each would undo what the other wrote. Return the whole change from the outer one, or call \`put\` and \`update\` after it.`,
  },
  FREEDA_VALIDATION: {
    status: 422,
    message: (d: { what: string; errors: readonly FieldError[] }) =>
      `${d.what} is not valid: ${d.errors.map((e) => (e.path === '' ? e.message : `${e.path}: ${e.message}`)).join('; ')}`,
  },
  FREEDA_QUERY: {
    status: 400,
    message: (d: { collection: string; reason: string }) =>
      `The query on "${d.collection}" cannot be run: ${d.reason}`,
  },
  FREEDA_ITEM_TOO_LARGE: {
    status: 413,
    message: (d: { what: string; bytes: number; maxBytes: number }) =>
      `${d.what} has ${d.bytes} bytes; at most ${d.maxBytes} are allowed.`,
  },
  FREEDA_THROTTLED: {
    status: 503,
    retryable: true,
    message: (d: { driver: string; reason: string }) => `Storage (${d.driver}) is throttling: ${d.reason}`,
  },
  FREEDA_UNAVAILABLE: {
    status: 503,
    retryable: true,
    message: (d: { driver: string; reason: string }) => `Storage (${d.driver}) is unavailable: ${d.reason}`,
  },
  FREEDA_TIMEOUT: {
    status: 503,
    retryable: true,
    /** `reason`: why the store stopped in the middle of the write. */
    message: (d: { driver: string } & ({ timeoutMs: number } | { reason: string })) =>
      'timeoutMs' in d
        ? `Storage (${d.driver}) did not answer within ${d.timeoutMs} ms; whether the write happened is unknown.`
        : `Storage (${d.driver}) stopped during the write, and whether it happened is unknown: ${d.reason}`,
  },
  FREEDA_STORAGE_LOCKED: {
    message: (d: { directory: string; holder: string }) =>
      `The data folder ${d.directory} is in use by ${d.holder}. Stop that process, or give this one another folder.`,
  },
  FREEDA_STORAGE_DAMAGED: {
    message: (d: { file: string; reason: string; fix: string }) =>
      `${d.file} is damaged: ${d.reason} ${d.fix}`,
  },
  FREEDA_STORAGE_FOLDER: {
    message: (d: { directory: string; reason: string; fix: string }) =>
      `The data folder ${d.directory} cannot be used: ${d.reason} ${d.fix}`,
  },
  FREEDA_STORAGE_TABLE: {
    message: (d: { table: string; problems: readonly Problem[] }) =>
      `The table "${d.table}" is not what this app needs:${numbered(d.problems)}`,
  },
  FREEDA_BACKUP_DAMAGED: {
    message: (d: { file: string; line: number; reason: string }) =>
      `${d.file} cannot be restored: line ${d.line} ${d.reason} Nothing was written. Take another backup.`,
  },
  FREEDA_MIGRATION_REFUSED: {
    message: (d: { problems: readonly Problem[] }) => `Nothing was written:${numbered(d.problems)}`,
  },

  // Jobs and schedules
  FREEDA_JOB_LOST: {
    message: (
      d: { attempt: number; reason: string } & (
        | { queue: string; id: string }
        /** `slot`: as ISO 8601. */
        | { schedule: string; slot: string; fence: number }
      ),
    ) =>
      `Attempt ${d.attempt} at ${'queue' in d ? `${d.queue}/${d.id}` : `${d.schedule} of ${d.slot}`} can write nothing any more: ${d.reason}`,
  },
  FREEDA_SCHEDULE_UNKNOWN: {
    status: 404,
    message: (d: { schedule: string; known: readonly string[] }) =>
      `No plugin of this app declares the schedule "${d.schedule}"; ${d.known.length === 0 ? 'there are none' : `there are ${d.known.join(', ')}`}.`,
  },
  FREEDA_SCHEDULE_RUNNING: {
    status: 409,
    retryable: true,
    message: (d: { schedule: string; instance: string }) =>
      `The schedule "${d.schedule}" is being run by ${d.instance}. Wait until that run is over; if its instance is dead, another one finds out within the schedule's lease.`,
  },

  // HTTP
  FREEDA_ROUTE_NOT_FOUND: {
    status: 404,
    message: (d: { method: string; path: string }) => `There is no ${d.method} ${d.path}.`,
  },
  FREEDA_METHOD_NOT_ALLOWED: {
    status: 405,
    message: (d: { method: string; path: string; allow: readonly string[] }) =>
      `${d.method} is not allowed on ${d.path}; use ${d.allow.join(', ')}.`,
  },
  FREEDA_BODY_MALFORMED: {
    status: 400,
    message: (d: { reason: string }) => `The request body could not be read: ${d.reason}`,
  },
  FREEDA_BODY_TOO_LARGE: {
    status: 413,
    message: (d: { maxBytes: number }) => `The request body is larger than ${d.maxBytes} bytes.`,
  },
  FREEDA_BODY_UNSUPPORTED: {
    status: 415,
    message: (d: { found: string; expected: string }) =>
      `The request body is ${d.found}; send ${d.expected}.`,
  },
  FREEDA_PRECONDITION_FAILED: {
    status: 412,
    message: (d: {
      reason: string
      /** The version that is stored, when that is why. */
      currentVersion?: number | undefined
    }) => d.reason,
  },
  FREEDA_REQUEST_TIMEOUT: {
    status: 503,
    retryable: true,
    message: (d: { timeoutMs: number }) => `The request was not answered within ${d.timeoutMs} ms.`,
  },
  FREEDA_UNAUTHENTICATED: {
    status: 401,
    message: (d: {
      /** Why, in a sentence that the client may read. */
      reason: string
      /** For `WWW-Authenticate`; a scheme says here more than its own `challenge` does. */
      challenges?: readonly string[]
    }) => d.reason,
  },
  FREEDA_FORBIDDEN: {
    status: 403,
    message: (d: { missing: readonly string[] }) =>
      `This needs the scope${d.missing.length === 1 ? '' : 's'} ${d.missing.join(', ')}.`,
  },
  FREEDA_AUTH_UNAVAILABLE: {
    status: 503,
    retryable: true,
    message: (d: { scheme: string; reason: string }) =>
      `The credentials (${d.scheme}) cannot be checked at the moment: ${d.reason}`,
  },
  FREEDA_RESPONSE_INVALID: {
    message: (d: { route: string; status: number; errors: readonly FieldError[] }) =>
      `${d.route} was about to answer ${d.status} with what its \`response\` does not allow: ${d.errors
        .map((e) => (e.path === '' ? e.message : `${e.path}: ${e.message}`))
        .join('; ')}`,
  },
  FREEDA_RATE_LIMITED: {
    status: 429,
    retryable: true,
    message: (d: { limit: number; windowSeconds: number; retryAfterSeconds: number }) =>
      `At most ${d.limit} requests in ${d.windowSeconds} s are allowed; try again in ${d.retryAfterSeconds} s.`,
  },
  FREEDA_OVERLOADED: {
    status: 503,
    retryable: true,
    message: (_: Record<never, never>) => 'There are more requests than can be answered in time.',
  },
  FREEDA_INTERNAL: {
    status: 500,
    message: (_: { requestId: string }) =>
      'Something went wrong on our side. Quote the request id when you report it.',
  },
} satisfies Record<string, Kind>

/** Every code that a {@link FreedaError} can have. */
export type ErrorCode = keyof typeof table

/** What a {@link FreedaError} of code `C` tells beside its message. */
export type ErrorData<C extends ErrorCode> = Parameters<(typeof table)[C]['message']>[0]

export const errorCodes = Object.keys(table) as ErrorCode[]

const brand = Symbol.for('freeda.error')

/** The one error class. `code` is stable, `data` is what the message was made from. */
export class FreedaError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C
  readonly data: ErrorData<C>
  /** HTTP status when it reaches a client. */
  readonly status: number
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean
  readonly [brand] = true

  constructor(code: C, data: ErrorData<C>, options?: ErrorOptions) {
    const kind: Kind = table[code]
    super((kind.message as (data: ErrorData<C>) => string)(data), options)
    this.name = 'FreedaError'
    this.code = code
    this.data = data
    this.status = kind.status ?? 500
    this.retryable = kind.retryable ?? false
  }
}

/** Tells whether `error` is a {@link FreedaError}, of `code` when given; across copies of this package too. */
export function isFreedaError<C extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: C,
): error is FreedaError<C> {
  return (
    typeof error === 'object' &&
    error !== null &&
    brand in error &&
    (code === undefined || (error as unknown as FreedaError).code === code)
  )
}

/** The text of anything that was thrown. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
