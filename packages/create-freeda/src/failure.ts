/** Something that the user can mend: printed without a stack. */
export class Failure extends Error {
  /** 1: failed; 2: not understood; 130: interrupted. */
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
