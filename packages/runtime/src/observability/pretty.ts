import type { DestinationStream } from 'pino'

/** A stream that writes log lines for people; colour on a terminal only, and never with NO_COLOR. */
export async function pinoPretty(destination: DestinationStream): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty')
  const format = pretty.prettyFactory({
    colorize: process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'app,requestId,method,path,route,status,durationMs',
    messageFormat: (entry, messageKey) => {
      const { method, path, status, durationMs, requestId } = entry
      const message = String(entry[messageKey] ?? '')
      return status === undefined
        ? message
        : `${String(method)} ${String(path)} ${String(status)} ${String(durationMs)} ms ${String(requestId)}`
    },
  })
  return { write: (line) => destination.write(format(line) ?? '') }
}
