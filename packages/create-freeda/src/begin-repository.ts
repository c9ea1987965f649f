/** Begins a git repository with a first commit. */
import { spawnSync } from 'node:child_process'

/** @returns what to know of it; undefined when all went well */
export function beginRepository(folder: string): string | undefined {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: folder, encoding: 'utf8' })
  const inside = git('rev-parse', '--is-inside-work-tree')
  if (inside.error !== undefined) return 'git is not installed, so no repository was begun.'
  if (inside.status === 0) return 'The folder is in a git repository already, so none was begun.'
  if (git('init', '--quiet', '--initial-branch=main').status !== 0) return 'git could not begin a repository.'
  git('add', '--all')
  const commit = git('commit', '--quiet', '--message', 'chore: begin with create-freeda')
  return commit.status === 0
    ? undefined
    : `A git repository was begun, without a first commit: ${(
        commit.stderr
          .trim()
          .split('\n')
          .find((line) => line.trim() !== '') ?? 'git refused'
      ).trim()}`
}
