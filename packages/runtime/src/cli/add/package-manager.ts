/** Which package manager a project uses. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun'

const lockFiles: readonly (readonly [file: string, manager: PackageManager])[] = [
  ['package-lock.json', 'npm'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
]

/** By `packageManager` in the nearest package.json that has it, or by the nearest lock file; npm when nothing says so. */
export function packageManagerOf(directory: string): PackageManager {
  const declared = declaredIn(join(directory, 'package.json'))
  const locked = lockFiles.find(([file]) => existsSync(join(directory, file)))?.[1]
  const parent = dirname(directory)
  return declared ?? locked ?? (parent === directory ? 'npm' : packageManagerOf(parent))
}

function declaredIn(file: string): PackageManager | undefined {
  try {
    const { packageManager } = JSON.parse(readFileSync(file, 'utf8')) as { packageManager?: unknown }
    return lockFiles.find(([, name]) => String(packageManager).startsWith(`${name}@`))?.[1]
  } catch {
    return undefined
  }
}

export const installCommand = (manager: PackageManager, spec: string): readonly string[] =>
  manager === 'npm' ? ['npm', 'install', '--no-audit', '--no-fund', spec] : [manager, 'add', spec]

/** Runs the program of a package that is not installed in the project. */
export function runCommand(
  manager: PackageManager,
  spec: string,
  args: readonly string[],
): readonly string[] {
  switch (manager) {
    case 'npm':
    // Yarn 1 has no `dlx`; npm comes with Node.
    case 'yarn':
      return ['npm', 'exec', '--yes', '--', spec, ...args]
    case 'bun':
      return ['bunx', spec, ...args]
    case 'pnpm':
      return ['pnpm', 'dlx', spec, ...args]
  }
}
