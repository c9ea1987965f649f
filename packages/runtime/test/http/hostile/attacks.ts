/** What is known to have broken servers. Each says what it expects; everything else that must hold is checked for all. */
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { Attack } from './attack.ts'

const host = 'Host: good.example\r\n'
const json = 'Content-Type: application/json\r\n'
const valid = '{"title":"smuggled"}'
const smuggled = `POST /app/notes HTTP/1.1\r\n${host}${json}Content-Length: ${valid.length}\r\n\r\n${valid}`

const get = (target: string, headers = ''): string => `GET ${target} HTTP/1.1\r\n${host}${headers}\r\n`
const post = (headers: string, body: string, target = '/app/notes'): string =>
  `POST ${target} HTTP/1.1\r\n${host}${headers}\r\n${body}`
const sized = (body: string, headers = json): string =>
  post(`${headers}Content-Length: ${Buffer.byteLength(body, 'latin1')}\r\n`, body)

const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
const key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'
const h2c = 'Connection: Upgrade\r\nUpgrade: h2c\r\n'

const one = (name: string, bytes: string | Uint8Array, ...expect: number[]): Attack => ({
  name,
  bytes: [bytes],
  ...(expect.length === 0 ? {} : { expect }),
})

/** Two ways to say how long a body is, of which a proxy may take the other one. */
const smuggling: Attack[] = [
  one(
    'CL and TE',
    post(`${json}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n`, `0\r\n\r\n${smuggled}`),
    400,
  ),
  one(
    'TE and CL',
    post(`${json}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n`, `0\r\n\r\n${smuggled}`),
    400,
  ),
  one('two different CL', post(`${json}Content-Length: 0\r\nContent-Length: 5\r\n`, smuggled), 400),
  one('two equal CL', post(`${json}Content-Length: 3\r\nContent-Length: 3\r\n`, `{} ${smuggled}`), 400),
  one('a list of CL', post(`${json}Content-Length: 0, 5\r\n`, smuggled), 400),
  ...['-1', '+3', '0x3', '3.0', '1e1', '٣', '', '99999999999999999999999', '3 3'].map((length) =>
    one(`CL ${length || 'empty'}`, post(`${json}Content-Length: ${length}\r\n`, `{} ${smuggled}`), 400),
  ),
  ...[
    'chunked, identity',
    'identity, chunked',
    'xchunked',
    'chunked;q=1',
    '"chunked"',
    'chunked, chunked',
    '\x0bchunked',
    'gzip, chunked',
    'CHUNKED ,',
  ].map((coding) =>
    one(
      `TE ${JSON.stringify(coding)}`,
      post(`${json}Transfer-Encoding: ${coding}\r\n`, `0\r\n\r\n${smuggled}`),
    ),
  ),
  one('a space before the colon', post(`${json}Content-Length : 3\r\n`, `{} ${smuggled}`), 400),
  one('a tab before the colon', post(`${json}Transfer-Encoding\t: chunked\r\n`, `0\r\n\r\n${smuggled}`), 400),
  one('a folded header', get('/app/plain', 'X: a\r\n b\r\nTransfer-Encoding:\r\n chunked\r\n')),
  one('TE by a bare LF', post(`${json}X: a\nTransfer-Encoding: chunked\r\n`, `0\r\n\r\n`), 400),
  one('TE by a bare CR', post(`${json}X: a\rTransfer-Encoding: chunked\r\n`, `0\r\n\r\n`), 400),
  one('a NUL in a header', get('/app/plain', 'X: a\0b\r\n'), 400),
  one('a NUL in a name', get('/app/plain', 'X\0Y: a\r\n'), 400),
  one('bare LF throughout', 'GET /app/plain HTTP/1.1\nHost: good.example\n\n', 400),
  one('bare CR throughout', 'GET /app/plain HTTP/1.1\rHost: good.example\r\r', 400, 408),
  one(
    'TE in HTTP/1.0',
    `POST /app/notes HTTP/1.0\r\n${host}${json}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ),
]

const chunked = (chunks: string) => post(`${json}Transfer-Encoding: chunked\r\n`, chunks)
const chunks: Attack[] = [
  one('a chunk of negative size', chunked('-1\r\nx\r\n0\r\n\r\n'), 400),
  one('a chunk of huge size', chunked('ffffffffffffffffff\r\nx\r\n0\r\n\r\n'), 400),
  one('a chunk size in 0x', chunked('0x2\r\n{}\r\n0\r\n\r\n'), 400),
  one('a chunk that is longer than it says', chunked('1\r\n{}\r\n0\r\n\r\n'), 400),
  one('a chunk with a bare LF', chunked('2\n{}\n0\n\n'), 400),
  one('a chunk extension', chunked('2;a=b\r\n{}\r\n0\r\n\r\n'), 422),
  one('a chunk extension with a newline', chunked('2;a\nb\r\n{}\r\n0\r\n\r\n'), 400),
  one('a chunk extension of 100 KB', chunked(`2;${'a'.repeat(100_000)}\r\n{}\r\n0\r\n\r\n`), 413),
  one('many chunk extensions', chunked(`${`1;${'a'.repeat(1_000)}\r\n \r\n`.repeat(60)}0\r\n\r\n`), 400, 413),
  one(
    'trailers that look like headers',
    chunked('2\r\n{}\r\n0\r\nContent-Length: 9\r\nX-Injected: a\r\n\r\n'),
    400,
  ),
  one('endless trailers', chunked(`2\r\n{}\r\n0\r\n${'A: b\r\n'.repeat(20_000)}\r\n`), 400, 413, 422, 431, 0),
  one('a chunked body without an end', chunked('2\r\n{}\r\n'), 408),
]

const size: Attack[] = [
  one('a URL of 9 KB', get(`/app/plain?${'a'.repeat(9_000)}`), 414),
  one('a URL of 1 MB', get(`/app/plain?${'a'.repeat(1_000_000)}`), 414, 431),
  one('a header of 1 MB', get('/app/plain', `A: ${'a'.repeat(1_000_000)}\r\n`), 431),
  one('10,000 headers', get('/app/plain', 'A: b\r\n'.repeat(10_000)), 431),
  one('a cookie of 15 KB', get('/app/plain', `Cookie: ${'a=b; '.repeat(3_000)}\r\n`), 200),
  one('a body over the limit', sized(`{"title":"${'a'.repeat(20_000)}"}`), 413),
  one('a body that is announced over the limit', post(`${json}Content-Length: 999999999\r\n`, '{'), 413),
  one('a body over the limit in chunks', chunked(`4e20\r\n${'a'.repeat(20_000)}\r\n0\r\n\r\n`), 413),
  one('a body shorter than announced', post(`${json}Content-Length: 100\r\n`, '{'), 408),
  one('a body on a GET', `GET /app/plain HTTP/1.1\r\n${host}Content-Length: 3\r\n\r\nabc`, 200),
  one('a method of 10 KB', `${'A'.repeat(10_000)} / HTTP/1.1\r\n${host}\r\n`, 400, 501),
  one('1,001 parameters', get(`/app/query?${'a&'.repeat(1_001)}`), 400),
  one('900 tags', get(`/app/search?q=a${'&tags=x'.repeat(900)}`), 422),
  one('names of parameters in brackets', get('/app/search?q[$ne]=1&q[__proto__][x]=1'), 422),
]

const slow: Attack[] = [
  one('nothing but a start', 'GET /app/pl', 408),
  one('a line without an end', `GET /app/plain HTTP/1.1\r\n${host}X: a`, 408),
  { ...one('half a request, then the end', 'GET /app/plain HTTP/1.1\r\nHos', 0, 400), halfClose: true },
  {
    ...one('half a body, then the end', post(`${json}Content-Length: 100\r\n`, '{'), 0, 400),
    halfClose: true,
  },
  { ...one('the end behind a whole request', get('/app/plain'), 200, 0), halfClose: true },
  { ...one('nothing at all, then the end', '', 0), halfClose: true },
  { name: 'one byte at a time', bytes: [...get('/app/plain')], expect: [200] },
]

const zeros = Buffer.alloc(50_000_000)
const bomb = (coding: string, body: Uint8Array): Attack => ({
  name: `a bomb by ${coding}`,
  bytes: [post(`${json}Content-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n`, ''), body],
  expect: [413],
})
const bodies: Attack[] = [
  bomb('gzip', gzipSync(zeros.subarray(0, 5_000_000))),
  bomb('br', brotliCompressSync(zeros)),
  one('two codings', post(`${json}Content-Encoding: gzip, gzip\r\nContent-Length: 2\r\n`, '{}'), 415),
  one(
    'a coding that is none',
    post(`${json}Content-Encoding: __proto__\r\nContent-Length: 2\r\n`, '{}'),
    415,
  ),
  one('gzip that is none', post(`${json}Content-Encoding: gzip\r\nContent-Length: 2\r\n`, '{}'), 400),
  one('an empty body', post(`${json}Content-Length: 0\r\n`, ''), 400),
  one('no type', sized('{"title":"x"}', ''), 415),
  one('another type', sized('{"title":"x"}', 'Content-Type: text/plain\r\n'), 415),
  one('a form', sized('title=x', 'Content-Type: application/x-www-form-urlencoded\r\n'), 415),
  one('two types', sized('{"title":"x"}', 'Content-Type: application/json, text/html\r\n'), 415),
  one(
    'a type by a parameter',
    sized('{"title":"x"}', 'Content-Type: text/html; a=application/json\r\n'),
    415,
  ),
  one('a charset', sized('{"title":"x"}', 'Content-Type: application/json; charset=utf-7\r\n'), 415),
  one('bytes that are not UTF-8', sized('{"title":"\xff\xfe"}'), 400),
  one('overlong UTF-8', sized('{"title":"\xc0\xaf"}'), 400),
  one('half a surrogate', sized('{"title":"\xed\xa0\x80"}'), 400),
  one('no JSON', sized('{title: 1}'), 400),
  one('NaN', sized('{"title":NaN}'), 400),
  one('depth', sized('['.repeat(5_000) + ']'.repeat(5_000)), 400),
  one('__proto__', sized('{"title":"x","__proto__":{"admin":true}}'), 400),
  one('__proto__, escaped', sized('{"title":"x","\\u005f_proto__":{"admin":true}}'), 400),
  one('constructor.prototype', sized('{"title":"x","constructor":{"prototype":{"admin":true}}}'), 400),
  one('a huge number', sized(`{"title":${'9'.repeat(5_000)}}`), 422),
  one('a wrong type', sized('{"title":{"$ne":null}}'), 422),
  one('a huge key', sized(`{"${'k'.repeat(9_000)}":1}`), 422),
  one(
    'PUT to an id that cannot be',
    `PUT /app/notes/${'%F0%9F%92%A9'.repeat(400)} HTTP/1.1\r\n${host}${json}Content-Length: 13\r\n\r\n{"title":"x"}`,
    400,
    404,
    413,
    422,
  ),
]

const paths: Attack[] = [
  ...[
    '/app/notes/..%2f..%2fetc%2fpasswd',
    '/app/notes/%2e%2e',
    '/app/notes/%00',
    '/app/notes/%',
    '/app/notes/%zz',
    '/app/notes/%ff',
    '/app/notes/%c0%ae%c0%ae',
    '/app/notes/__proto__',
    '/app/notes/constructor',
    '/app/notes/toString',
    `/app/notes/${'a'.repeat(5_000)}`,
    '/app/notes/\xff\xfe',
    '/app//notes/kept',
    '//app/plain',
    '///evil.example',
    '/app/../app/plain',
    '/app/./plain',
    '/app/plain/',
    '/APP/plain',
    '/app/plain;jsessionid=1',
    '/app/plain%20',
    '/app/plain%00.png',
    '/app/plain%3fq',
    '/app/plain#x',
    '/app\\plain',
    '/app/items/%D9%A3',
    '/app/items/1e3000',
    '/app/items/NaN',
    '/app/items/0x10000000000000000000',
  ].map((path) => one(`the path ${path.slice(0, 40)}`, get(path))),
  one('a control byte in the path', get('/app/pl\x01ain'), 400, 404),
  one('a space in the path', get('/app/pl ain'), 400),
  one('a tab in the path', get('/app/pl\tain'), 400, 404),
  ...['/app/dashed/', '/app/files/', '/app/notes/'].flatMap((path) =>
    ['-', '-a', '/', '%2d', 'a-', '.', '/-'].map((unit) =>
      one(`${path} with many ${unit}`, get(path + unit.repeat(Math.floor(8_000 / unit.length)))),
    ),
  ),
  one('an item that is no number', get('/app/items/__proto__'), 422),
  one('pollution of a parameter', get('/app/search?q=a&q=b'), 422),
  one('a prototype by the query', get('/app/query?__proto__[admin]=1&constructor.prototype.admin=1'), 200),
  one('a prototype by its name', get('/app/query?__proto__=1'), 400),
  one('percent signs that are none', get('/app/query?a=%&b=%zz&c=%ff'), 200),
  one('separators without names', get(`/app/query?${'&=&=;'.repeat(100)}`), 200),
]

const injection = '%0d%0aX-Injected:%201%0d%0a%0d%0aHTTP/1.1%20200%20OK'
const headers: Attack[] = [
  one('CRLF in a koa redirect', get(`/app/koa-redirect?to=/${injection}`), 302),
  one('CRLF in a redirect', get(`/app/redirect?to=/${injection}`)),
  one('bytes above Latin-1 in a redirect', get('/app/redirect?to=/%E2%82%AC')),
  one('CRLF in the request id', get('/app/plain', 'X-Request-Id: a%0d%0aX-Injected: 1\r\n'), 200),
  one('a request id of 10 KB', get('/app/plain', `X-Request-Id: ${'a'.repeat(10_000)}\r\n`), 200),
  one('markup in the request id', get('/nowhere', 'X-Request-Id: <script>\r\n'), 404),
  one('another origin', get('/app/plain', 'Origin: https://evil.example\r\n'), 200),
  one('the origin null', get('/app/plain', 'Origin: null\r\n'), 200),
  one('an origin that begins well', get('/app/plain', 'Origin: https://good.example.evil.example\r\n'), 200),
  one(
    'a preflight of another origin',
    `OPTIONS /app/notes HTTP/1.1\r\n${host}Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n\r\n`,
  ),
  one(
    'a preflight with bytes above ASCII',
    `OPTIONS /app/notes HTTP/1.1\r\n${host}Origin: https://good.example\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: \xff, a\tb\r\n\r\n`,
  ),
  one('a forwarded address', get('/app/plain', 'X-Forwarded-For: <script>, 127.0.0.1, \r\n'), 200),
  one(
    'forwarded addresses without end',
    get('/app/plain', `X-Forwarded-For: ${','.repeat(10_000)}\r\n`),
    200,
  ),
  one('trace context that is none', get('/app/plain', `traceparent: ${'0-'.repeat(4_000)}\r\n`), 200),
  one('ranges', get('/app/plain', `Range: bytes=${'0-,'.repeat(3_000)}\r\n`), 200),
  one('entity tags without end', get('/app/plain', `If-None-Match: ${'W/"a",'.repeat(2_000)}\r\n`)),
  one('types without end', get('/app/plain', `Accept: ${'a/b,'.repeat(3_000)}\r\n`), 200),
  one('__proto__ as a header', get('/app/plain', '__proto__: x\r\nconstructor: y\r\n'), 200),
  one('Connection with names of headers', get('/app/plain', 'Connection: host, content-length\r\n'), 200),
  one('an upgrade to nothing', get('/app/plain', 'Connection: Upgrade\r\nUpgrade: nothing\r\n')),
  one(
    'an upgrade to h2c',
    get(
      '/app/plain',
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n',
    ),
  ),
  one(
    'an upgrade to a WebSocket',
    get(
      '/app/plain',
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n',
    ),
  ),
  ...['', ' ', '"', '"a', 'a'.repeat(5_000), '\xff', '../../x', '__proto__', 'a, b'].map((value) =>
    one(
      `the idempotency key ${value.slice(0, 10)}`,
      post(`${json}Idempotency-Key: ${value}\r\nContent-Length: 2\r\n`, '{}'),
      400,
      422,
    ),
  ),
  one('a WebSocket without a key', get('/app/live', `${upgrade}Sec-WebSocket-Version: 13\r\n`), 400),
  one(
    'a WebSocket of version 99',
    get('/app/live', `${upgrade}${key}Sec-WebSocket-Version: 99\r\n`),
    400,
    426,
  ),
  one('a WebSocket by POST', post(`${upgrade}${key}Content-Length: 2\r\n`, '{}', '/app/live'), 404, 405),
  one(
    'a WebSocket with a body that is a request',
    get('/app/live', `${upgrade}${key}Sec-WebSocket-Version: 13\r\nContent-Length: 200\r\n`) + smuggled,
    400,
  ),
  one('an upgrade to h2c with a request behind', get('/nowhere', h2c) + get('/nowhere'), 404),
  one('Expect', post(`${json}Content-Length: 2\r\nExpect: 100-continue\r\n`, '{}'), 422),
  one('Expect something else', get('/app/plain', 'Expect: the unexpected\r\n'), 200),
]

const protocols: Attack[] = [
  one('HTTP/0.9', 'GET /app/plain\r\n\r\n', 400),
  one('HTTP/1.2', `GET /app/plain HTTP/1.2\r\n${host}\r\n`, 400, 200),
  one('HTTP/9.9', `GET /app/plain HTTP/9.9\r\n${host}\r\n`, 400),
  one('an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 501),
  one('a TLS hello', Buffer.from('16030100a5010000a10303', 'hex'), 400),
  one('a request over SSH', 'SSH-2.0-OpenSSH_9.0\r\n', 400, 501),
  one('random bytes', Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 131 + 7) % 256)), 400),
  one('empty lines first', `\r\n\r\n\r\n${get('/app/plain')}`, 200),
  one('a space first', ` ${get('/app/plain')}`, 400),
  one('no Host', 'GET /app/plain HTTP/1.1\r\n\r\n', 400),
  one('two Hosts', `GET /app/plain HTTP/1.1\r\n${host}Host: evil.example\r\n\r\n`, 400),
  one('a Host with markup', 'GET /app/plain HTTP/1.1\r\nHost: <b>\r\n\r\n', 400),
  one('an absolute target', 'GET http://other.example/app/plain HTTP/1.1\r\nHost: good.example\r\n\r\n', 200),
  one(
    'an absolute target with a user',
    `GET http://a:b@other.example/app/plain HTTP/1.1\r\n${host}\r\n`,
    400,
  ),
  one('a target of another scheme', `GET ftp://other.example/app/plain HTTP/1.1\r\n${host}\r\n`, 400),
  one('a target that is none', `GET app/plain HTTP/1.1\r\n${host}\r\n`, 400),
  one('a star for GET', `GET * HTTP/1.1\r\n${host}\r\n`, 400),
  one('CONNECT', `CONNECT other.example:443 HTTP/1.1\r\n${host}\r\n`, 501),
  one('TRACE', `TRACE /app/plain HTTP/1.1\r\n${host}Cookie: secret\r\n\r\n`, 405, 501),
  one('a method that is none', `JEFF /app/plain HTTP/1.1\r\n${host}\r\n`, 501),
  one('a method in lower case', `get /app/plain HTTP/1.1\r\n${host}\r\n`, 400, 501),
  one('DEBUG, PROPFIND and what else there is', `PROPFIND /app/plain HTTP/1.1\r\n${host}\r\n`, 501),
  { ...one('many at a time', get('/app/plain').repeat(200), 200), mostAnswers: 200 },
  { ...one('many bad ones at a time', get('/nowhere').repeat(200), 404), mostAnswers: 200 },
  { ...one('garbage behind a good one', `${get('/app/plain')}garbage\r\n\r\n`, 200), mostAnswers: 2 },
]

export const attacks: readonly Attack[] = [
  ...smuggling,
  ...chunks,
  ...size,
  ...slow,
  ...bodies,
  ...paths,
  ...headers,
  ...protocols,
]
