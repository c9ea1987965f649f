import { findBuild } from '../build/find-build.ts'
import type { HealthFacts } from './target.ts'

/** From the built app when there is one; else the config is run, which takes longer. */
export async function findHealthFacts(file: string | undefined): Promise<HealthFacts> {
  const built = findBuild(process.cwd(), file)
  if (built !== undefined) return built.manifest.health
  const { readFacts } = await import('../build/read-facts.ts')
  return (await readFacts(process.cwd(), file)).health
}
