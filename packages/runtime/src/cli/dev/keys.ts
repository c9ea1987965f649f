/** Single keys, on a terminal only: stdin is otherwise left alone. */
import { readFileSync } from 'node:fs'
import type { ReadStream } from 'node:tty'

export interface Keys {
  /** Gives the terminal back as it was. */
  close(): void
}

/** @param onKey gets the letter, or `interrupt` for Ctrl-C */
export function readKeys(stdin: ReadStream, onKey: (key: string) => void): Keys | undefined {
  if (stdin.isTTY !== true || process.stdout.isTTY !== true || !isInForeground()) return undefined
  const read = (chunk: Buffer) => {
    for (const letter of chunk.toString('latin1')) press(letter)
  }

  function press(letter: string): void {
    if (letter === '\u0003') onKey('interrupt')
    else if (letter === '\u001a') suspend()
    else if (letter === '\r' || letter === '\n') process.stdout.write('\n')
    else onKey(letter === '\u0004' ? 'q' : letter.toLowerCase())
  }

  /** Ctrl-Z: with the terminal as the shell expects it; taken again when it goes on. */
  function suspend(): void {
    stdin.setRawMode(false)
    process.once('SIGCONT', () => stdin.setRawMode(true))
    process.kill(0, 'SIGTSTP')
  }

  stdin.setRawMode(true)
  stdin.on('data', read).resume()
  return {
    close() {
      stdin.off('data', read).pause()
      stdin.setRawMode(false)
    },
  }
}

/**
 * A job in the background that touches the terminal is stopped by it. Only Linux says so in a file; elsewhere a person who
 * begins such a job redirects stdin.
 * Source: proc_pid_stat(5), fields 5 (pgrp) and 8 (tpgid)
 */
function isInForeground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[2] === fields[5]
  } catch {
    return true
  }
}
