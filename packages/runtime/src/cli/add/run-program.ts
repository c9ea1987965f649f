import { spawn } from 'node:child_process'

/** What shells give for a program that is not there. */
const notFound = 127

/** Runs a program in the terminal of this one. @returns its exit code; 127, said on stderr, when it is not installed */
export function runProgram([program, ...args]: readonly string[], cwd: string): Promise<number> {
  return new Promise((resolve, reject) => {
    // Package managers are scripts on Windows.
    const child = spawn(program!, args, { cwd, stdio: 'inherit', shell: process.platform === 'win32' })
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') return reject(error)
      process.stderr.write(
        `${program} is not installed here, or not in PATH; package.json or a lock file says that this project uses it.\n`,
      )
      resolve(notFound)
    })
    child.on('close', (code) => resolve(code ?? 1))
  })
}
