import { pino, type DestinationStream } from 'pino'

/** For log lines of commands whose stdout belongs to their answer. */
export const stderrLog = (): DestinationStream => pino.destination({ fd: 2, sync: true })
