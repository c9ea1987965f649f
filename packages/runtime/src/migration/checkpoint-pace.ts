/** Writes down how far something is, now and then: a durable write after every batch would be what takes most time. */

export interface PacedWriter {
  note(done: number): void
  /** Writes the last note. @throws what writing threw */
  end(): Promise<void>
}

const everyMs = 500

export function pacedWriter(write: (done: number) => Promise<void>): PacedWriter {
  let latest: number | undefined
  let writtenAtMs = performance.now()
  let writing: Promise<void> | undefined
  let failure: { readonly error: unknown } | undefined
  const writeLatest = async () => {
    const done = latest
    latest = undefined
    if (done === undefined) return
    try {
      await write(done)
    } catch (error) {
      failure ??= { error }
    }
    writtenAtMs = performance.now()
  }
  return {
    note(done) {
      latest = done
      if (writing !== undefined || performance.now() - writtenAtMs < everyMs) return
      writing = writeLatest().finally(() => (writing = undefined))
    },
    async end() {
      await writing
      await writeLatest()
      if (failure !== undefined) throw failure.error
    },
  }
}
