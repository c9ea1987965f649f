import { execFileSync } from 'node:child_process'

/** Variables in which CI says what it builds: GitHub, GitLab, AWS CodeBuild, Bitbucket. */
const variables = ['GITHUB_SHA', 'CI_COMMIT_SHA', 'CODEBUILD_RESOLVED_SOURCE_VERSION', 'BITBUCKET_COMMIT']

/** The commit of a working tree; nothing where there is none, as in the build of an image. */
export function commitOf(directory: string, given: string | undefined): { readonly commit?: string } {
  const said = given ?? variables.map((name) => process.env[name]).find((value) => (value ?? '') !== '')
  if (said !== undefined) return { commit: said }
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as const
    return {
      commit: execFileSync('git', ['rev-parse', 'HEAD'], {
        cwd: directory,
        encoding: 'utf8',
        stdio: [...stdio],
      }).trim(),
    }
  } catch {
    return {}
  }
}
