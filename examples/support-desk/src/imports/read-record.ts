/** One entry of a file: what stands there, not yet validated, or why it cannot be read. */
export type ReadRecord = {
  /** Where it begins, in formats that are read by lines. */
  readonly line?: number
} & ({ readonly value: unknown } | { readonly unreadable: string })
