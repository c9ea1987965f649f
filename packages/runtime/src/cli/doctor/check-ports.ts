/** Whether the app could listen where it wants to. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Finding } from '../../doctor.ts'
import type { Plan } from '../../plugins/plan.ts'
import { portHolder } from './port-holder.ts'

export async function checkPorts({ server, metrics, directory }: Plan): Promise<Finding[]> {
  const own = await checkPort('port', 'server.port', server, directory)
  if (metrics === false || metrics.port === undefined) return [own]
  const { port, host } = metrics
  return [own, await checkPort('port.metrics', 'metrics.port', { port, host }, directory)]
}

interface Address {
  readonly port: number
  readonly host: string
}

async function checkPort(
  id: string,
  key: string,
  { port, host }: Address,
  directory: string,
): Promise<Finding> {
  if (port === 0) return { id, severity: 'ok', message: `${key} is 0: the system chooses a free one.` }
  const failure = await listenBriefly({ port, host })
  if (failure === undefined) return { id, severity: 'ok', message: `Port ${port} on ${host} is free.` }
  const fix = `Stop what is there, or set ${key} to another port.`
  if (failure !== 'EADDRINUSE')
    return { id, severity: 'error', message: `The app may not listen on ${host}:${port}: ${failure}.`, fix }
  const holder = await portHolder(port)
  if (holder === undefined)
    return {
      id,
      severity: 'error',
      message: `Port ${port} is taken, by a process that cannot be seen from here.`,
      fix,
    }
  const { pid, command, directory: where } = holder
  const who = `process ${pid}${command === '' ? '' : ` (${shortened(command)})`}`
  if (where !== undefined && (where === directory || directory.startsWith(`${where}/`)))
    return {
      id,
      severity: 'note',
      message: `Port ${port} is taken by ${who}, which runs in this folder: the app itself, it seems.`,
    }
  return {
    id,
    severity: 'error',
    message: `Port ${port} is taken by ${who}${where === undefined ? '' : ` in ${where}`}.`,
    fix,
  }
}

/** @returns the code of what prevented it */
async function listenBriefly(address: Address): Promise<string | undefined> {
  const server = createServer()
  try {
    server.listen(address)
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}

const shortened = (text: string): string => (text.length <= 60 ? text : `${text.slice(0, 59)}…`)
