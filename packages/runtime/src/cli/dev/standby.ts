/** Keeps a process at hand that has imported the engine already. */
import { appProcess, type AppProcess } from './app-process.ts'

export interface Standby {
  /** Begins one, if there is none with that environment. */
  prepare(environment: Readonly<Record<string, string>>): void
  /** Gives it away. */
  take(environment: Readonly<Record<string, string>>): AppProcess
  kill(): void
}

export function standby(directory: string): Standby {
  let ready: { readonly key: string; readonly process: AppProcess } | undefined

  function prepare(environment: Readonly<Record<string, string>>): void {
    const key = JSON.stringify(environment)
    if (ready?.key === key) return
    ready?.process.kill()
    const process = appProcess(directory, environment)
    const made = { key, process }
    ready = made
    const forget = () => void (ready = ready === made ? undefined : ready)
    void process.ended.then(forget)
  }

  return {
    prepare,
    take(environment) {
      prepare(environment)
      const { process } = ready!
      ready = undefined
      return process
    },
    kill() {
      ready?.process.kill()
      ready = undefined
    },
  }
}
