import type { DestinationStream } from 'pino'

/** A stream that writes log lines for people; colour on a terminal only, and never with NO_COLOR. */
export async function pinoPretty(destination: DestinationStream): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty')
  const format = pretty.prettyFactory({
    colorize: process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'app,requestId,method,path,route,status,durationMs,url,version,build,plugins',
    messageFormat: (entry, messageKey) => sentence(entry, String(entry[messageKey] ?? '')),
  })
  return { write: (line) => destination.write(format(line) ?? '') }
}

/** What a line says in words; its other fields follow below it. */
function sentence(entry: Readonly<Record<string, unknown>>, message: string): string {
  const text = (key: string) => String(entry[key] ?? '-')
  if ('method' in entry)
    return ['method', 'path', 'status'].map(text).join(' ') + ` ${text('durationMs')} ms ${text('requestId')}`
  if ('plugins' in entry)
    return `${message} at ${text('url')} with ${(entry['plugins'] as string[]).join(', ')}`
  return message
}
