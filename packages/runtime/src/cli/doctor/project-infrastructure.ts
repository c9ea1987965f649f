/** What the project's own `infrastructure/` says: its templates, and the parameters of its environments. */
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface ProjectInfrastructure {
  /** The template of the service; undefined when the project has none. */
  readonly service: string | undefined
  /** Parameters of one environment; undefined when the project knows none of that name. */
  parametersOf(environment: string): Promise<Readonly<Record<string, unknown>> | undefined>
}

/** Beside the config or above it, as in a workspace. */
export async function projectInfrastructure(directory: string): Promise<ProjectInfrastructure> {
  const folder = join(directory, 'infrastructure')
  const service = await textOf(join(folder, 'templates/ecs-fargate.yaml'))
  const above = dirname(directory)
  if (service === undefined && above !== directory) return projectInfrastructure(above)
  return {
    service,
    async parametersOf(environment) {
      const text = await textOf(join(folder, 'parameters', `${environment}.json`))
      return text === undefined ? undefined : parsed(text)
    },
  }
}

const textOf = (file: string): Promise<string | undefined> => readFile(file, 'utf8').catch(() => undefined)

/** One that is no JSON says nothing here; deploy.sh says what is wrong with it. */
function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
