/** Every command with one line on it. Each is imported only when it is called. */
import type { Command } from './command.ts'

export interface ListedCommand {
  readonly name: string
  readonly group: string
  readonly summary: string
  load(): Promise<{ readonly command: Command }>
}

const groups = {
  run: 'Run an app',
  look: 'Look at an app without starting it',
  work: 'Work with its data and services',
  data: 'Keep and move its data',
  grow: 'Write code',
  self: 'The command itself',
} as const

export const commandList: readonly ListedCommand[] = [
  {
    name: 'dev',
    group: groups.run,
    summary: 'run it while you change it',
    load: () => import('./commands/dev.ts'),
  },
  {
    name: 'start',
    group: groups.run,
    summary: 'start the app',
    load: () => import('./commands/start.ts'),
  },
  {
    name: 'build',
    group: groups.run,
    summary: 'bundle it for production, into dist',
    load: () => import('./commands/build.ts'),
  },
  {
    name: 'health',
    group: groups.run,
    summary: 'ask the running app whether it is well',
    load: () => import('./commands/health.ts'),
  },
  {
    name: 'routes',
    group: groups.look,
    summary: 'list its routes',
    load: () => import('./commands/routes.ts'),
  },
  {
    name: 'plugins',
    group: groups.look,
    summary: 'list its plugins, with what they need, provide and keep',
    load: () => import('./commands/plugins.ts'),
  },
  {
    name: 'config',
    group: groups.look,
    summary: 'show its config, and where each value came from',
    load: () => import('./commands/config.ts'),
  },
  {
    name: 'env',
    group: groups.look,
    summary: 'list the environment variables that it reads; write .env.example',
    load: () => import('./commands/env.ts'),
  },
  {
    name: 'graph',
    group: groups.look,
    summary: 'draw which plugin needs what of which',
    load: () => import('./commands/graph.ts'),
  },
  {
    name: 'openapi',
    group: groups.look,
    summary: 'print the OpenAPI document of its routes',
    load: () => import('./commands/openapi.ts'),
  },
  {
    name: 'doctor',
    group: groups.look,
    summary: 'say what is wrong with it and its surroundings, and how to mend that',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'generate',
    group: groups.grow,
    summary: 'write a plugin, a collection, a route or a driver, with its test',
    load: () => import('./commands/generate.ts'),
  },
  {
    name: 'add',
    group: groups.grow,
    summary: 'install a plugin and put it into the config',
    load: () => import('./commands/add.ts'),
  },
  {
    name: 'upgrade',
    group: groups.grow,
    summary: 'bring a later template into the project',
    load: () => import('./commands/upgrade.ts'),
  },
  {
    name: 'repl',
    group: groups.work,
    summary: 'open a prompt with collections and services at hand',
    load: () => import('./commands/repl.ts'),
  },
  {
    name: 'exec',
    group: groups.work,
    summary: 'run a script with the app set up',
    load: () => import('./commands/exec.ts'),
  },
  {
    name: 'jobs',
    group: groups.work,
    summary: 'list jobs that were given up, and let them begin again',
    load: () => import('./commands/jobs.ts'),
  },
  {
    name: 'schedules',
    group: groups.work,
    summary: 'list its schedules with their next times; run one now',
    load: () => import('./commands/schedules.ts'),
  },
  {
    name: 'backup',
    group: groups.data,
    summary: 'write all of its documents to a file',
    load: () => import('./commands/backup.ts'),
  },
  {
    name: 'restore',
    group: groups.data,
    summary: 'bring the documents of a backup into its store',
    load: () => import('./commands/restore.ts'),
  },
  {
    name: 'migrate',
    group: groups.data,
    summary: 'move documents from one store to another, e.g. from JSON to DynamoDB',
    load: () => import('./commands/migrate.ts'),
  },
  {
    name: 'reindex',
    group: groups.data,
    summary: 'bring its documents into indexes that are new',
    load: () => import('./commands/reindex.ts'),
  },
  {
    name: 'completion',
    group: groups.self,
    summary: 'print what teaches a shell to complete it',
    load: () => import('./commands/completion.ts'),
  },
  {
    name: 'version',
    group: groups.self,
    summary: 'say what a report of a bug needs',
    load: () => import('./commands/version.ts'),
  },
]
