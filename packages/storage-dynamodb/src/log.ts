/** What the driver needs of a logger; pino's `Logger` is one. */
export interface Log {
  info(data: object, message: string): void
  warn(data: object, message: string): void
}

export const silentLog: Log = { info: () => {}, warn: () => {} }
