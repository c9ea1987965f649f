/** Who looks on while documents are moved, and may end it. */

export interface Stage {
  /** Counts documents; one when nothing is said. */
  advance(documents?: number): void
  end(): void
}

export interface Watch {
  /**
   * @param total documents, when that is known
   * @param done how many of them an earlier run has done
   */
  stage(name: string, total?: number, done?: number): Stage
  readonly signal?: AbortSignal | undefined
}
