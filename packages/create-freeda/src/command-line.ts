/** What stands on the command line. */
import { parseArgs } from 'node:util'
import { packageManagers, regionProblem, storages, templates, type Answers } from './answers.ts'
import { Failure, reasonOf } from './failure.ts'

export type Kind = 'project' | 'plugin' | 'driver' | 'upgrade'

export interface CommandLine {
  readonly kind: Kind
  /** Where it goes, as typed. */
  readonly target: string | undefined
  /** What flags say; the rest is asked, or has its default. */
  readonly given: Partial<Omit<Answers, 'name'>>
  /** No questions. */
  readonly yes: boolean
  readonly keepExisting: boolean
  readonly dryRun: boolean
  /** upgrade: a folder with what the old template made. */
  readonly base: string | undefined
  readonly allowDirty: boolean
  readonly help: boolean
  readonly version: boolean
}

export const help = `Usage: npm create freeda@latest [FOLDER] -- [options]

Makes a backend in FOLDER: a config, a plugin with tests, an image, and what it takes to run and deploy it.

  npm create freeda@latest my-api
  npm create freeda@latest my-api -- --template realtime --auth --yes
  npm create freeda@latest -- plugin my-plugin     a plugin to be published
  npm create freeda@latest -- driver my-driver     a storage driver to be published
  npm create freeda@latest -- upgrade              brings this project's template up to date

Options:
  --template NAME         ${templates.join(', ')}: one route; documents and their routes; events for clients
  --storage NAME          of production: ${storages.join(' or ')}; elsewhere it is json
  --region NAME           of AWS
  --auth, --no-auth       callers need an API key
  --cache, --no-cache     instances share caches and rate limits, on Redis or Valkey
  --package-manager NAME  ${packageManagers.join(', ')}
  --git, --no-git         begin a repository with a first commit
  --install, --no-install install the packages
  --keep-existing         work in a folder that holds something: adds files, changes none
  -y, --yes               ask nothing; also without a terminal
  --dry-run               upgrade: show what would change, change nothing
  --allow-dirty           upgrade: also when git has changes that are not committed
  --base FOLDER           upgrade: what the old template made, instead of fetching that template
  -h, --help              show this text
  -v, --version           show the version

Exit codes: 0 done, 1 failed, 2 not understood, 130 interrupted.
`

/** @throws Failure with exit code 2 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parse(args)
  const kind = kindOf(positionals)
  const [target, tooMany] = kind === 'project' ? positionals : positionals.slice(1)
  if (tooMany !== undefined)
    throw new Failure(`"${tooMany}" is one argument too many. Put quotes around a name with spaces.`, 2)
  const region = values.region
  const problem = region === undefined ? undefined : regionProblem(region)
  if (problem !== undefined) throw new Failure(problem, 2)
  const template = oneOf('--template', values.template, templates)
  const storage = oneOf('--storage', values.storage, storages)
  const packageManager = oneOf('--package-manager', values['package-manager'], packageManagers)
  return {
    kind,
    target,
    given: {
      ...(template === undefined ? {} : { template }),
      ...(storage === undefined ? {} : { storage }),
      ...(region === undefined ? {} : { region }),
      ...(packageManager === undefined ? {} : { packageManager }),
      ...(values.auth === undefined ? {} : { auth: values.auth }),
      ...(values.cache === undefined ? {} : { cache: values.cache }),
      ...(values.git === undefined ? {} : { git: values.git }),
      ...(values.install === undefined ? {} : { install: values.install }),
    },
    yes: values.yes === true,
    keepExisting: values['keep-existing'] === true,
    dryRun: values['dry-run'] === true,
    base: values.base,
    allowDirty: values['allow-dirty'] === true,
    help: values.help === true,
    version: values.version === true,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      allowNegative: true,
      options: {
        template: { type: 'string', short: 't' },
        storage: { type: 'string' },
        region: { type: 'string' },
        auth: { type: 'boolean' },
        cache: { type: 'boolean' },
        'package-manager': { type: 'string' },
        git: { type: 'boolean' },
        install: { type: 'boolean' },
        'keep-existing': { type: 'boolean' },
        'dry-run': { type: 'boolean' },
        base: { type: 'string' },
        'allow-dirty': { type: 'boolean' },
        yes: { type: 'boolean', short: 'y' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    })
  } catch (error) {
    throw new Failure(`${reasonOf(error)}\n\n${help}`, 2)
  }
}

const kindOf = ([first]: readonly string[]): Kind =>
  first === 'plugin' || first === 'driver' || first === 'upgrade' ? first : 'project'

function oneOf<T extends string>(
  flag: string,
  value: string | undefined,
  known: readonly T[],
): T | undefined {
  if (value === undefined) return undefined
  const found = known.find((one) => one === value)
  if (found === undefined) throw new Failure(`${flag} is "${value}"; choose one of: ${known.join(', ')}.`, 2)
  return found
}
