/** Phase 2: checks everything that can be checked without running a plugin, and puts the plugins in order. */
import { checkOptions } from '../config/check-options.ts'
import { configSchema, logLevels, type ParsedConfig } from '../config/config-schema.ts'
import { folderName, type LoadedConfig } from '../config/load-config.ts'
import { variables, type Environment } from '../config/variables.ts'
import { env, isEnvDescriptor } from '../env.ts'
import { FreedaError, type Problem } from '../errors.ts'
import { redactor } from '../observability/redaction.ts'
import type { Mode } from '../plugin.ts'
import { connectPlugins } from './connect-plugins.ts'
import { implicitPlugins } from './implicit-plugins.ts'
import { orderPlugins } from './order-plugins.ts'
import type { Plan } from './plan.ts'
import { planPlugin } from './plan-plugin.ts'
import { resolveEntries } from './resolve-entries.ts'

export interface PlanOptions {
  readonly mode: Mode
  readonly environment: Environment
  /** `stand-in`: plans all the same when variables are missing or wrong, to look at; see `gaps`. Default: `refuse`. */
  readonly unset?: 'refuse' | 'stand-in' | undefined
  /** Ids of tokens that are provided from outside, as by a test. */
  readonly provided?: readonly string[]
}

/** @throws FREEDA_CONFIG_INVALID with every problem at once */
export async function planApp(
  loaded: LoadedConfig,
  { mode, environment, unset, provided = [] }: PlanOptions,
): Promise<Plan> {
  const vars = variables(environment, { unset })
  const { base, entries, problems } = await checkBase(loaded, mode, vars)
  const uses = await resolveEntries(entries, loaded.importPlugin)
  const planned = await Promise.all(uses.found.map((found) => planPlugin(found, vars)))
  const declared = planned.flatMap(({ plugin }) => plugin ?? [])
  const implicit = await implicitPlugins(declared, vars)
  const connected = connectPlugins([...declared, ...implicit.plugins], provided)
  const ordered = orderPlugins(connected.plugins)
  const all = [
    ...problems,
    ...uses.problems,
    ...planned.flatMap((one) => one.problems),
    ...implicit.problems,
    ...vars.problems,
    ...connected.problems,
    ...ordered.problems,
  ]
  const redact = redactor(vars.secrets())
  if (all.length > 0 || base === undefined)
    throw new FreedaError('FREEDA_CONFIG_INVALID', {
      file: loaded.file,
      problems: (all.length === 0 ? vars.gaps : all).map((problem) => redacted(problem, redact)),
    })
  return {
    file: loaded.file,
    directory: loaded.directory,
    name: base.name ?? loaded.package.name ?? folderName(loaded.directory),
    version: base.version ?? loaded.package.version ?? '0.0.0',
    build: loaded.package.build,
    mode,
    server: base.server,
    log: base.log,
    metrics: base.metrics,
    cache: base.cache,
    docs: base.docs,
    setupTimeoutMs: base.setupTimeout,
    plugins: ordered.plugins,
    variables: vars.list(),
    gaps: vars.gaps.map((problem) => redacted(problem, redact)),
    secrets: vars.secrets(),
  }
}

const redacted = (problem: Problem, redact: (text: string) => string): Problem => ({
  ...problem,
  message: redact(problem.message),
})

async function checkBase(loaded: LoadedConfig, mode: Mode, vars: ReturnType<typeof variables>) {
  const { config } = loaded
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    const problem: Problem = {
      code: 'config_not_an_object',
      at: 'config',
      message: `the default export is ${config === undefined || config === null ? 'missing' : `not an object but ${Array.isArray(config) ? 'a list' : `a ${typeof config}`}`}.`,
      fix: 'Write `export default defineConfig({ plugins: [ … ] })`.',
    }
    return { base: undefined, entries: [], problems: [problem] }
  }
  const { plugins, ...rest } = config as { plugins?: unknown }
  const input = {
    ...(vars.resolve(withLogLevel(rest), '') as object),
    ...(Array.isArray(plugins) ? {} : { plugins }),
  }
  const { value, problems } = await checkOptions(configSchema(mode), input, '', vars)
  return { base: value as ParsedConfig | undefined, entries: Array.isArray(plugins) ? plugins : [], problems }
}

/** In any case: `LOG_LEVEL=INFO` is what other programs in the same task may want. */
const logLevel = {
  ...env.oneOf('LOG_LEVEL', logLevels, undefined),
  parse: (raw: string) => logLevels.find((level) => level === raw.toLowerCase()),
}

/** `LOG_LEVEL` decides what the config leaves open: the level is what one wants to change without touching a file. */
function withLogLevel(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { log = {} } = config
  if (typeof log !== 'object' || log === null || isEnvDescriptor(log)) return config
  const { level = logLevel } = log as { level?: unknown }
  return { ...config, log: { ...log, level } }
}
