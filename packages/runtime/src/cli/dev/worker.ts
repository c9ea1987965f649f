/**
 * The process that `freeda dev` runs the app in. It imports the engine before there is anything to run, so that a change only
 * has to wait for the app's own code; loads and plans a version when told; and runs it when told, once the one before is gone.
 */
import { existsSync, realpathSync } from 'node:fs'
import module, { createRequire } from 'node:module'
import { isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { callConfig, defaultOf, importPluginFrom, packageOf } from '../../config/load-config.ts'
import { redactor } from '../../observability/redaction.ts'
import { planApp } from '../../plugins/plan-app.ts'
import type { Plan } from '../../plugins/plan.ts'
import { modeOf, startPlan, type App, type StartedApp } from '../../start.ts'
import { reportOf } from '../report/error-report.ts'
import { stopTimeoutMs, type AppFacts, type FromApp, type ToApp, type Version } from './messages.ts'

let plan: Plan | undefined
let app: App | undefined
let isSettingUp = false
let isStopping = false

const say = (message: FromApp) => void process.send?.(message)

/** Thrown out of planning: nothing can be said about the plan before that plugin is there. */
class WantedPlugin {
  constructor(
    readonly name: string,
    readonly file: string,
  ) {}
}

async function load(version: Version): Promise<void> {
  try {
    const mode = modeOf(process.env['NODE_ENV'])
    const directory = resolve(version.configFile, '..')
    const exported =
      version.config === undefined ? version.exported : defaultOf(await importFile(version.config))
    let wanted: WantedPlugin | undefined
    plan = await planApp(
      {
        file: version.configFile,
        directory,
        config: await callConfig(exported, version.configFile, mode),
        package: packageOf(directory),
        importPlugin: (name) =>
          importNamed(name, directory, version).catch((error: unknown) => {
            if (error instanceof WantedPlugin) wanted ??= error
            throw error
          }),
      },
      { mode, environment: process.env },
    ).catch((error: unknown) => {
      throw wanted ?? error
    })
    say({ type: 'planned', plugins: plan.plugins.length })
  } catch (error) {
    if (error instanceof WantedPlugin) say({ type: 'wanted', name: error.name, file: error.file })
    else say(failure(error))
  }
}

const importFile = (file: string): Promise<unknown> => import(/* @vite-ignore */ pathToFileURL(file).href)

async function importNamed(name: string, directory: string, version: Version): Promise<unknown> {
  const bundled = version.plugins[name]
  if (bundled !== undefined) return defaultOf(await importFile(bundled))
  const file = ownFile(name, directory)
  if (file !== undefined) throw new WantedPlugin(name, file)
  return importPluginFrom(directory, name)
}

/** The file of a plugin that belongs to the project or its workspace; undefined for one that was installed. */
function ownFile(name: string, directory: string): string | undefined {
  const path = name.startsWith('.') || isAbsolute(name) ? resolve(directory, name) : undefined
  if (path !== undefined) return existsSync(path) ? path : undefined
  try {
    const file = realpathSync(createRequire(join(directory, 'freeda.config.js')).resolve(name))
    return /[\\/]node_modules[\\/]/.test(file) ? undefined : file
  } catch {
    return undefined
  }
}

/** Requests under way may not use up the time after which the process is ended: plugins have to be stopped too. */
function forDevelopment(plan: Plan, port: number | undefined): Plan {
  const { server } = plan
  return {
    ...plan,
    server: {
      ...server,
      port: server.port === 0 && port !== undefined ? port : server.port,
      drain: 0,
      shutdown: Math.min(server.shutdown, stopTimeoutMs * stopShare),
    },
  }
}

const stopShare = 0.8

async function run(port: number | undefined): Promise<void> {
  if (plan === undefined) return
  isSettingUp = true
  try {
    const started = await startPlan(forDevelopment(plan, port), { signals: false, announced: false })
    app = started.app
    process.removeListener('uncaughtException', failSetup).removeListener('unhandledRejection', failSetup)
    process.on('uncaughtException', lastResort('uncaught exception'))
    process.on('unhandledRejection', lastResort('unhandled rejection'))
    if (isStopping) return end(0)
    say({ type: 'ready', facts: factsOf(started) })
  } catch (error) {
    failSetup(error)
  }
}

function factsOf({ app, routes, setupMs }: StartedApp): AppFacts {
  const { plan, url, port, opsUrl } = app
  const docs = plan.docs === false ? undefined : plan.docs.path
  return {
    name: plan.name,
    version: plan.version,
    mode: plan.mode,
    url,
    port,
    opsUrl,
    plugins: plan.plugins.map(({ name }) => ({ name, setupMs: setupMs.get(name) ?? 0 })),
    routes: routes.map(({ method, path, plugin, port }) => ({ method, path, plugin, port })),
    docs: routes.some(({ path }) => path === docs) ? docs : undefined,
  }
}

/** Secrets are nowhere to be seen, not even in what a plugin threw. */
function failure(error: unknown): FromApp {
  const report = reportOf(error)
  const redact = redactor(plan?.secrets ?? [])
  return { type: 'failed', report: { ...report, message: redact(report.message) } }
}

function failSetup(error: unknown): void {
  // Its channel must be through before the process ends.
  if (process.send === undefined) process.exit(1)
  process.send(failure(error), undefined, undefined, () => process.exit(1))
}

const lastResort = (what: string) => (error: unknown) => {
  app?.log.fatal({ err: error }, what)
  if (!isStopping) stop(1)
}

/** A setup that is under way is waited for, so that what it opened is closed again. */
function stop(code = 0): void {
  isStopping = true
  if (app !== undefined || !isSettingUp) end(code)
}

function end(code: number): void {
  const stopped = app === undefined ? Promise.resolve() : app.stop()
  stopped.then(
    () => process.exit(code),
    () => process.exit(1), // Logged by the stop itself.
  )
}

process.on('message', (message: ToApp) => {
  if (message.type === 'load') void load(message.version)
  else if (message.type === 'stop') stop()
  else void run(message.port)
})
process.on('SIGTERM', () => stop())
// Ctrl-C reaches every process of the terminal; what follows from it is for `freeda dev` to say.
process.on('SIGINT', () => undefined)
process.on('disconnect', () => stop())
process.on('uncaughtException', failSetup)
process.on('unhandledRejection', failSetup)
process.setSourceMapsEnabled(true)
// Not in Node 20.
module.enableCompileCache?.()
await import(pathToFileURL(createRequire(import.meta.url).resolve('@freeda/runtime')).href)
