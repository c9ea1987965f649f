/**
 * The JSON body of a request. Own code instead of koa-bodyparser and raw-body: the limit counts bytes as they are
 * decoded, so that a small compressed body cannot become a large one, and every refusal has its own answer.
 */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { FreedaError } from '../errors.ts'
import { clientGone, isAbandoned, type Exchange } from './exchange.ts'
import { malformed, parseJson } from './json.ts'

const mediaType = /^\s*([^\s;]+)\s*(;|$)/
const jsonType = /^application\/(?:[\w!#$&^.+-]+\+)?json$/i
const charset = /;\s*charset\s*=\s*"?([^\s;"]*)"?/i

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

/**
 * Reads and parses the body once; every call gives the same value.
 * @throws FREEDA_BODY_MALFORMED, FREEDA_BODY_TOO_LARGE, FREEDA_BODY_UNSUPPORTED
 */
export const readJson = (exchange: Exchange): Promise<unknown> => (exchange.body ??= read(exchange))

async function read(exchange: Exchange): Promise<unknown> {
  const { req, ctx } = exchange
  // Other koa middleware was faster: take what it parsed, by koa-bodyparser's convention.
  const { body } = ctx.request as { body?: unknown }
  if (body !== undefined) return body
  const bytes = await receive(exchange, exchange.shared.bodyLimitBytes, () => {
    if (!announcesBody(req)) throw malformed('it is empty.')
    checkType(req.headers['content-type'])
  })
  return parseJson(textOf(bytes))
}

/** The body as it is, decoded; empty when there is none. */
export const readBytes = async (
  exchange: Exchange,
  maxBytes: number = exchange.shared.bodyLimitBytes,
): Promise<Buffer> => receive(exchange, maxBytes, () => undefined)

/** The same as text. */
export async function readText(exchange: Exchange, maxBytes?: number): Promise<string> {
  checkCharset(exchange.req.headers['content-type'] ?? '')
  const text = textOf(await readBytes(exchange, maxBytes))
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw malformed('it is not valid UTF-8.')
  return bytes.toString('utf8')
}

/** @param check refuses by what the headers say, before anything is read */
function receive(exchange: Exchange, limitBytes: number, check: () => void): Buffer | Promise<Buffer> {
  const { req } = exchange
  if (req.readableEnded)
    throw new Error('The body was already read, and nobody left it in `ctx.request.body`.')
  if (isAbandoned(exchange)) throw clientGone()
  if (Number(req.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes)
  check()
  const decoder = decoderFor(req.headers['content-encoding'])
  if (!announcesBody(req)) return Buffer.alloc(0)
  exchange.reading = true
  return decoder === undefined
    ? collect(exchange, limitBytes)
    : decode(req, decoder, limitBytes).finally(() => (exchange.reading = false))
}

/** RFC 9112, 6.3: without either header a request has no body. */
export const announcesBody = (req: IncomingMessage): boolean =>
  req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0

const tooLarge = (maxBytes: number) => new FreedaError('FREEDA_BODY_TOO_LARGE', { maxBytes })

const unsupported = (found: string, expected: string) =>
  new FreedaError('FREEDA_BODY_UNSUPPORTED', { found, expected })

function checkType(header: string | undefined): void {
  if (header === 'application/json') return
  const type = header === undefined ? undefined : mediaType.exec(header)?.[1]
  if (header === undefined || type === undefined)
    throw unsupported('of no declared type', '`Content-Type: application/json`')
  if (!jsonType.test(type)) throw unsupported(`of type ${type}`, '`Content-Type: application/json`')
  checkCharset(header)
}

function checkCharset(header: string): void {
  const encoding = charset.exec(header)?.[1]
  if (encoding !== undefined && !/^utf-?8$/i.test(encoding))
    throw unsupported(`in the charset ${encoding}`, 'UTF-8 (RFC 8259, 8.1)')
}

function decoderFor(header: string | undefined): Transform | undefined {
  const coding = (header ?? 'identity').trim().toLowerCase()
  if (coding === 'identity' || coding === '') return undefined
  const create = Object.hasOwn(decoders, coding) ? decoders[coding] : undefined
  if (create === undefined)
    throw unsupported(`in the content coding ${coding}`, 'it plain or with gzip, deflate or br')
  return create()
}

/** Everything that `req` has, counted as it arrives; what Content-Length said does not matter here. */
function collect(exchange: Exchange, limitBytes: number): Promise<Buffer> {
  const { req } = exchange
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const settle = (error: Error | undefined) => {
      exchange.reading = false
      req.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone)
      if (error === undefined) resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size))
      else {
        req.on('error', ignore).pause()
        reject(error)
      }
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size > limitBytes) settle(tooLarge(limitBytes))
      else chunks.push(chunk)
    }
    const onEnd = () => settle(undefined)
    const onGone = () => settle(clientGone())
    req.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)
  })
}

/** The same through a decoder: counts what comes out of it, and what goes in too, which may be endless and yield nothing. */
function decode(req: IncomingMessage, decoder: Transform, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let received = 0
    let size = 0
    const settle = (error: Error | undefined) => {
      req.off('data', onReceived).off('error', onGone).off('close', onClose).unpipe(decoder)
      decoder.off('data', onData).off('end', onEnd).off('error', onDamaged).on('error', ignore).destroy()
      if (error === undefined) return resolve(Buffer.concat(chunks, size))
      req.on('error', ignore).pause()
      reject(error)
    }
    const onReceived = (chunk: Buffer) => {
      received += chunk.length
      if (received > limitBytes) settle(tooLarge(limitBytes))
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size > limitBytes) settle(tooLarge(limitBytes))
      else chunks.push(chunk)
    }
    const onEnd = () => settle(undefined)
    const onDamaged = (cause: Error) =>
      settle(malformed('its content coding is damaged or cut short.', cause))
    const onGone = () => settle(clientGone())
    // After a whole body 'close' comes too, while the decoder is still at work.
    const onClose = () => (req.readableEnded ? undefined : onGone())
    req.on('data', onReceived).on('error', onGone).on('close', onClose)
    decoder.on('data', onData).on('end', onEnd).on('error', onDamaged)
    req.pipe(decoder)
  })
}

const ignore = () => undefined
