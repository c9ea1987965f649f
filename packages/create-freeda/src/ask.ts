/** The questions, for whoever sits at a terminal. */
import { regionProblem, type Answers } from './answers.ts'
import type { Prompt } from './converse.ts'
import { reasonOf } from './failure.ts'

/** Asks for what flags leave open. */
export async function ask(
  prompt: Prompt,
  given: Partial<Omit<Answers, 'name'>>,
  preset: Omit<Answers, 'name'>,
): Promise<Omit<Answers, 'name'>> {
  const isOpen = (key: keyof typeof preset) => () => given[key] === undefined
  const asked = await prompt<Partial<Answers>>([
    {
      type: 'select',
      name: 'template',
      message: 'What to begin with?',
      default: preset.template,
      choices: [
        { value: 'api', name: 'api: documents and their routes' },
        { value: 'realtime', name: 'realtime: documents, and events for clients' },
        { value: 'minimal', name: 'minimal: one route' },
      ],
      when: isOpen('template'),
    },
    {
      type: 'select',
      name: 'storage',
      message: 'Where do documents live in production?',
      default: preset.storage,
      choices: [
        { value: 'dynamodb', name: 'DynamoDB: any number of processes, on AWS' },
        { value: 'json', name: 'a folder of JSON: one process, on one machine' },
      ],
      when: isOpen('storage'),
    },
    {
      type: 'input',
      name: 'region',
      message: 'Region of AWS?',
      default: preset.region,
      validate: (region: string) => regionProblem(region) ?? true,
      when: (soFar: Partial<Answers>) =>
        given.region === undefined && (given.storage ?? soFar.storage) === 'dynamodb',
    },
    {
      type: 'confirm',
      name: 'auth',
      message: 'Do callers need an API key?',
      default: preset.auth,
      when: isOpen('auth'),
    },
    {
      type: 'confirm',
      name: 'cache',
      message: 'Do instances share caches and rate limits, on Redis or Valkey?',
      default: preset.cache,
      when: isOpen('cache'),
    },
    {
      type: 'confirm',
      name: 'git',
      message: 'Begin a git repository?',
      default: preset.git,
      when: isOpen('git'),
    },
    {
      type: 'confirm',
      name: 'install',
      message: `Install the packages with ${given.packageManager ?? preset.packageManager}?`,
      default: preset.install,
      when: isOpen('install'),
    },
  ])
  return { ...preset, ...asked, ...given }
}

/** @param check throws when nothing can be made under that name */
export async function askName(prompt: Prompt, check: (name: string) => unknown): Promise<string> {
  const { name } = await prompt<{ name: string }>([
    {
      type: 'input',
      name: 'name',
      message: 'Name of the project?',
      default: 'my-app',
      validate(name: string) {
        try {
          check(name)
          return true
        } catch (error) {
          return reasonOf(error)
        }
      },
    },
  ])
  return name
}
