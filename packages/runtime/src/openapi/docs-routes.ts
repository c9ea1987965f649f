/** The OpenAPI document and a page to read and try it: Swagger UI, served from this package, without a request elsewhere. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { RequestContext } from '../http.ts'
import type { Mount } from '../routing/mount.ts'
import { pluginRouter } from '../routing/plugin-router.ts'
import type { OpenapiDocument } from './openapi-document.ts'

export interface DocsOptions {
  /** Of the page. */
  readonly path: string
  /** Of the document. */
  readonly openapi: string
}

/** @param describe makes the document when it is first asked for */
export function docsRoutes({ path, openapi }: DocsOptions, describe: () => OpenapiDocument): Mount {
  const router = pluginRouter('')
  let document: Answer | undefined
  const page = answer(pageAt(path))
  const script = answer(scriptFor(openapi))

  router.get(openapi, (ctx) => {
    document ??= answer(JSON.stringify(describe()))
    send(ctx, 'application/json', document)
  })
  router.get(path, (ctx) => {
    ctx.set('Content-Security-Policy', pagePolicy)
    send(ctx, 'text/html', page)
  })
  router.get(`${path}/start.js`, (ctx) => send(ctx, 'text/javascript', script))
  for (const [name, type] of Object.entries(assets))
    router.get(`${path}/${name}`, async (ctx) => {
      send(ctx, type, await (files[name] ??= readAsset(name)))
    })
  return { plugin: 'docs', prefix: '', router }
}

interface Answer {
  readonly body: string | Buffer
  readonly etag: string
}

const answer = (body: string | Buffer): Answer => ({
  body,
  etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
})

/** Kept by the browser, asked for again each time: after an update the page and its scripts must fit together. */
function send(ctx: RequestContext, type: string, { body, etag }: Answer): void {
  ctx.set('Cache-Control', 'no-cache')
  ctx.set('ETag', etag)
  if (ctx.get('if-none-match') === etag) {
    ctx.status = 304
    return
  }
  ctx.type = type
  ctx.body = body
}

/** What the page needs of the package; the rest of it is for bundlers. */
const assets: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
  'favicon-32x32.png': 'image/png',
}

const files: Record<string, Promise<Answer> | undefined> = {}
/**
 * Copied at build time: depending on swagger-ui-dist itself would bring 12 MB, and a script that reports installs. It is beside
 * this module in the package as in an app that `freeda build` made; a test runs the sources.
 */
const folders = ['./swagger-ui/', '../../dist/swagger-ui/'].map((path) => new URL(path, import.meta.url))
const readAsset = async (name: string) => {
  const folder = folders.find((candidate) => existsSync(candidate)) ?? folders[0]
  return answer(await readFile(new URL(name, folder)))
}

/** Nothing runs or is fetched but what this app serves; the pictures of the style sheet are `data:` addresses. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const pageAt = (path: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="${path}/favicon-32x32.png">
<link rel="stylesheet" href="${path}/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="${path}/swagger-ui-bundle.js"></script>
<script src="${path}/start.js"></script>
</body>
</html>
`

/** `validatorUrl`: by default the document's address would be sent to a server of Swagger's. */
const scriptFor = (openapi: string) => `SwaggerUIBundle({
  url: ${JSON.stringify(openapi)},
  dom_id: '#page',
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: false,
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
})
`
