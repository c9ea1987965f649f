/** Programs that take their time: shown while they run, their output only when they fail. */
import { spawn } from 'node:child_process'
import { Failure } from './failure.ts'

export interface Steps {
  /** @throws Failure with the end of the output when it fails or is not there, with 130 when it is interrupted */
  run(title: string, command: readonly string[], folder: string): Promise<void>
}

export function steps(output: NodeJS.WriteStream = process.stdout): Steps {
  return {
    async run(title, command, folder) {
      const stopShowing = show(title, output)
      try {
        await runProgram(command, folder)
      } finally {
        stopShowing()
      }
      output.write(`✔ ${title}\n`)
    },
  }
}

/** On a terminal with the seconds that went by, elsewhere one line. */
function show(title: string, output: NodeJS.WriteStream): () => void {
  if (!output.isTTY) return () => undefined
  const startedMs = Date.now()
  const draw = () => output.write(`\r\u001b[K… ${title} (${Math.round((Date.now() - startedMs) / 1000)} s)`)
  draw()
  const timer = setInterval(draw, 500)
  return () => {
    clearInterval(timer)
    output.write('\r\u001b[K')
  }
}

function runProgram([program, ...args]: readonly string[], folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      // npm, pnpm and yarn are scripts there.
      shell: process.platform === 'win32',
      env: withoutOuterProject(process.env),
    })
    let printed = ''
    const keep = (chunk: Buffer) => {
      printed = (printed + String(chunk)).slice(-4_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    let interrupted = false
    const interrupt = () => {
      interrupted = true
      child.kill('SIGINT')
    }
    process.on('SIGINT', interrupt)
    const settle = (failure?: Failure) => {
      process.off('SIGINT', interrupt)
      if (failure === undefined) resolve()
      else reject(failure)
    }
    child.on('error', (error: NodeJS.ErrnoException) =>
      settle(new Failure(error.code === 'ENOENT' ? `${program} is not installed.` : error.message)),
    )
    child.on('close', (code) => {
      if (interrupted) settle(new Failure('Interrupted.', 130))
      else if (code === 0) settle()
      else settle(new Failure(lastLines(printed)))
    })
  })
}

const lastLines = (text: string): string =>
  text.trimEnd().split('\n').slice(-12).join('\n') || 'It failed without a word.'

/** What `npm create` says of itself must not steer the package manager of the new project. */
const withoutOuterProject = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) =>
        !/^npm_(package|lifecycle|command|execpath|config_(local_prefix|yes|package|prefix))/i.test(name),
    ),
  )
