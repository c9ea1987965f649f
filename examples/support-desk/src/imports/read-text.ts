import { httpProblem, type RequestContext } from '@freeda/runtime'

/**
 * Reads the body as text, whatever its content type. The whole of it is read before anything is imported, so that a
 * body that is too large, cut short or not UTF-8 changes nothing.
 */
export async function readText(ctx: RequestContext, maxBytes: number): Promise<string> {
  if (Number(ctx.get('content-length')) > maxBytes) throw tooLarge(maxBytes)
  const chunks: Buffer[] = []
  let bytes = 0
  // Leaving the loop must not destroy the request: the answer goes out on the same socket.
  for await (const chunk of ctx.req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch (cause) {
    throw httpProblem(400, { code: 'import_not_utf8', detail: `The file is not UTF-8: ${String(cause)}` })
  }
}

const tooLarge = (maxBytes: number) =>
  httpProblem(413, {
    code: 'import_too_large',
    detail: `The file is larger than ${maxBytes} bytes; split it.`,
  })
