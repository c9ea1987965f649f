/** What a generator wants done. */
import { restyle } from '../edit/code-style.ts'
import type { Change } from '../write-changes.ts'
import type { Project } from './project.ts'

export interface Generation {
  readonly changes: readonly Change[]
  /** What to know or to do next. */
  readonly notes: readonly string[]
}

/** Thrown when a file is written in a way that cannot be edited: nothing is done then. */
export class ByHand extends Error {
  readonly file: string
  /** To be added by hand. */
  readonly lines: readonly string[]

  constructor(file: string, reason: string, lines: readonly string[]) {
    super(reason)
    this.file = file
    this.lines = lines
  }
}

export const newFile = ({ style }: Project, file: string, code: string): Change => ({
  file,
  text: restyle(code, style),
})
