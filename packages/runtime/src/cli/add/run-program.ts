import { spawn } from 'node:child_process'

/** Runs a program in the terminal of this one. @returns its exit code */
export function runProgram([program, ...args]: readonly string[], cwd: string): Promise<number> {
  return new Promise((resolve, reject) => {
    // Package managers are scripts on Windows.
    const child = spawn(program!, args, { cwd, stdio: 'inherit', shell: process.platform === 'win32' })
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}
