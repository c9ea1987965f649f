/** What is wrong with a request before anybody looks at what it asks for. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { httpProblem, type HttpProblem } from '../http.ts'

/** Browsers behind proxies send about thirty. Node drops what is above its own limit in silence. */
export const maxHeaders = 200

/** RFC 3986, 3.2.2: a name, an IPv4 address or an IPv6 address in brackets; with a port, and without userinfo. */
const hostPattern = /^(?:[\w.~!$&'()*+,;=%-]*|\[[\da-fA-F:.]+\])(?::\d{0,5})?$/

/** The name under which a server is called hardly ever changes. */
let lastHost: string | undefined

/** What is to be answered instead, if anything. Asked of every request, so it must be cheap. */
export function faultOf(req: IncomingMessage, maxUrlBytes: number): HttpProblem | undefined {
  // The parser reads URLs byte by byte: a character is a byte.
  if (req.url!.length > maxUrlBytes) return uriTooLong(maxUrlBytes)
  if (!toOriginForm(req)) return badRequest('The request target is not valid.')
  const { rawHeaders } = req
  const coding = req.headers['transfer-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') return strangeCoding(req.socket)
  if (rawHeaders.length > maxHeaders * 2) return tooManyHeaders()
  const name = req.headers.host
  // RFC 9112, 3.2: HTTP/1.1 needs exactly one. Node would answer a missing one by itself, and takes the first of several.
  if (name === undefined)
    return req.httpVersionMinor === 0 ? undefined : badRequest('The request has no Host header.')
  if (countHosts(rawHeaders) > 1) return badRequest('The request has more than one Host header.')
  if (name === lastHost) return undefined
  if (!hostPattern.test(name)) return badRequest('The Host header of the request names no host.')
  lastHost = name
  return undefined
}

/**
 * `GET http://host/path` is as good as `GET /path`, and its host is the one that counts (RFC 9112, 3.2.2); `*` belongs to
 * OPTIONS.
 * @returns whether the target is one of these
 */
function toOriginForm(req: IncomingMessage): boolean {
  const { url = '' } = req
  if (url.charCodeAt(0) === 0x2f) return true
  if (url === '*') return req.method === 'OPTIONS'
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return false
  const { pathname, search, host, username, password } = new URL(url)
  if (username !== '' || password !== '') return false
  req.url = pathname + search
  req.headers.host = host
  return true
}

const condemned = Symbol('freeda.condemned')
type Condemnable = Socket & { [condemned]?: boolean }

/** Whether nothing more is to be done for what comes on a connection: where its next request begins is uncertain. */
export const isCondemned = (connection: Condemnable): boolean => connection[condemned] === true

/**
 * Node takes `gzip, chunked` for chunked, as the RFC says, and nobody unpacks it; a proxy that reads it otherwise sees
 * other requests than we do. RFC 9112, 6.1 and 11.2.
 */
function strangeCoding(connection: Condemnable): HttpProblem {
  connection[condemned] = true
  const detail = 'The only transfer coding is `chunked`.'
  return httpProblem(501, { code: 'not_implemented', detail, headers: { Connection: 'close' } })
}

function countHosts(rawHeaders: readonly string[]): number {
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    if (name.length === 4 && name.toLowerCase() === 'host') count++
  }
  return count
}

export const uriTooLong = (maxUrlBytes: number): HttpProblem =>
  httpProblem(414, { code: 'uri_too_long', detail: `The URL is longer than ${maxUrlBytes} bytes.` })

const badRequest = (detail: string) => httpProblem(400, { code: 'bad_request', detail })

const tooManyHeaders = () =>
  httpProblem(431, {
    code: 'request_header_fields_too_large',
    detail: `The request has more than ${maxHeaders} headers.`,
  })
