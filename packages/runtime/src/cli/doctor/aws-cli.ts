/** Asks AWS through its command line program, which knows the profiles and the sign-in of whoever calls. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

export interface AwsTarget {
  readonly profile: string | undefined
  readonly region: string | undefined
}

/** Runs `aws ARGS` and gives its answer. It rejects with {@link AwsFailure}. */
export type Aws = <T>(args: readonly string[]) => Promise<T>

export class AwsFailure extends Error {
  /** The program is not there. */
  readonly isMissing: boolean

  constructor(message: string, isMissing: boolean, options?: ErrorOptions) {
    super(message, options)
    this.isMissing = isMissing
  }
}

const timeoutMs = 30_000
const run = promisify(execFile)

export function awsCli({ profile, region }: AwsTarget): Aws {
  const where = [
    ...(profile === undefined ? [] : ['--profile', profile]),
    ...(region === undefined ? [] : ['--region', region]),
    '--output',
    'json',
  ]
  // Version 2 would wait for a key; version 1 knows no option for that.
  const env = { ...process.env, AWS_PAGER: '' }
  return async <T>(args: readonly string[]) => {
    try {
      const { stdout } = await run('aws', [...args, ...where], { env, timeout: timeoutMs, maxBuffer: 64e6 })
      return JSON.parse(stdout) as T
    } catch (error) {
      throw failureOf(error)
    }
  }
}

function failureOf(error: unknown): AwsFailure {
  const {
    code,
    killed,
    stderr = '',
    message,
  } = error as {
    code?: unknown
    killed?: boolean
    stderr?: string
    message: string
  }
  if (code === 'ENOENT')
    return new AwsFailure('the aws command is not installed here', true, { cause: error })
  if (killed === true)
    return new AwsFailure(`aws did not answer within ${timeoutMs / 1_000} s`, false, { cause: error })
  const said = stderr.trim().split('\n').at(-1)
  return new AwsFailure(said === undefined || said === '' ? message : said, false, { cause: error })
}
