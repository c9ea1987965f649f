/**
 * Who is calling, when proxies stand in front. Each proxy appends the address that it was called from to
 * `X-Forwarded-For`, or to `Forwarded`; whatever stands further left came from the client and may be a lie, so entries are
 * counted from the right. Sources: AWS, "HTTP headers and Application Load Balancers", mode `append`; RFC 7239.
 */
import type Koa from 'koa'
import type { DefaultState, Request } from 'koa'
import { isIP, isIPv4 } from 'node:net'
import type { RequestTools } from '../http.ts'

/** The header that the proxies in front append to. Others come from clients as they are. */
export type ProxyHeader = 'x-forwarded-for' | 'forwarded'

export interface Proxies {
  /** How many every request passes. */
  readonly count: number
  readonly header: ProxyHeader
}

/**
 * Lets `ctx.ip`, `ctx.ips`, `ctx.protocol` and what koa derives from them (`secure`, `origin`, `href`) follow the proxies
 * in front. `ctx.host` stays the Host header: a balancer hands a client's `X-Forwarded-Host` on as it is.
 */
export function installClientAddress(app: Koa<DefaultState, RequestTools>, { count, header }: Proxies): void {
  if (count === 0) return // koa's own: the address of the socket
  const of = ({ req }: Request, name: string) => req.headers[name] as string | undefined
  Object.defineProperties(app.request, {
    ips: {
      configurable: true,
      get(this: Request) {
        return forwardedFor(of(this, header), count, header === 'forwarded' ? addressOfElement : addressIn)
      },
    },
    protocol: {
      configurable: true,
      get(this: Request) {
        const own = 'encrypted' in this.req.socket ? 'https' : 'http'
        const said =
          header === 'forwarded'
            ? forwardedProto(of(this, header), count, (element) => parameterOf(element, 'proto'))
            : forwardedProto(of(this, 'x-forwarded-proto'), count)
        return said ?? own
      },
    },
  })
}

/**
 * The addresses that `hops` proxies saw, the client's first. Empty when one of them is missing or is no address: then a
 * proxy was bypassed or says something else, and only the socket can be believed.
 */
export function forwardedFor(
  header: string | undefined,
  hops: number,
  addressOf: (entry: string) => string | undefined = addressIn,
): string[] {
  const addresses: string[] = []
  if (header === undefined) return addresses
  let end = header.length
  for (let hop = 0; hop < hops; hop++) {
    if (end < 0) return []
    const comma = end === 0 ? -1 : header.lastIndexOf(',', end - 1)
    const address = addressOf(header.slice(comma + 1, end).trim())
    if (address === undefined) return []
    addresses.unshift(address)
    end = comma
  }
  return addresses
}

/** As the outermost proxy saw it. Most proxies replace the header instead of appending to it. */
export function forwardedProto(
  header: string | undefined,
  hops: number,
  protocolOf: (entry: string) => string | undefined = (entry) => entry,
): 'http' | 'https' | undefined {
  const entries = header?.split(',') ?? []
  const outermost = entries[Math.max(0, entries.length - hops)]?.trim()
  const entry = outermost === undefined ? undefined : protocolOf(outermost)?.toLowerCase()
  return entry === 'http' || entry === 'https' ? entry : undefined
}

const withPort = /^(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/

/** Some proxies add the port. */
function addressIn(entry: string): string | undefined {
  if (isIP(entry) !== 0) return entry
  const [, v6, v4] = withPort.exec(entry) ?? []
  const address = v6 ?? v4
  return address !== undefined && isIP(address) !== 0 ? address : undefined
}

/** A parameter of one element of `Forwarded`: of `for=192.0.2.43;proto=https`, or `for="[2001:db8::17]:4711"`. */
function parameterOf(element: string, name: 'for' | 'proto'): string | undefined {
  for (const pair of element.split(';')) {
    const [key = '', value = ''] = pair.split('=', 2)
    if (key.trim().toLowerCase() === name) return value.trim().replace(/^"(.*)"$/, '$1')
  }
  return undefined
}

/** What a proxy says of the one that called it. `unknown` and names that hide it are no address. */
const addressOfElement = (element: string): string | undefined => addressIn(parameterOf(element, 'for') ?? '')

/**
 * What is counted as one client: an IPv4 address, or the /64 of an IPv6 address, which is what one customer gets: with
 * 2^64 addresses each, nobody would ever reach a limit. Source: RFC 6177; BCP 204.
 */
export function clientNetwork(address: string): string {
  if (isIPv4(address) || !address.includes(':')) return address
  const plain = address.split('%', 1)[0]!
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1]
  if (mapped !== undefined) return mapped
  const [head, tail] = plain.split('::') as [string, string | undefined]
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  // An IPv4 address at the end stands for two groups.
  const groups = front.length + back.length + (plain.includes('.') ? 1 : 0)
  const all = [...front, ...Array.from({ length: Math.max(0, 8 - groups) }, () => '0'), ...back]
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
