/** What a config says of the server. */
import { z } from 'zod'

const tls = z.strictObject({
  /** Certificates of the authorities to trust, as PEM. Default: those of Node. */
  ca: z.string().min(1).optional(),
  /** The name that the server's certificate must have. Default: the host of the URL. */
  serverName: z.string().min(1).optional(),
})

const url = z.url({
  protocol: /^rediss?$/,
  error: 'expected a URL with redis:// or, for TLS, rediss://',
  // What follows reads it.
  abort: true,
})

export const options = z
  .strictObject({
    /** `redis://host:6379/0`, or `rediss://` for TLS. Of a cluster: any node. */
    url,
    /** Of an ACL user. Default: that of the URL, else the server's default user. */
    username: z.string().min(1).optional(),
    /** Take it from `secret(…)`, so that it is never printed. Default: that of the URL. */
    password: z.string().min(1).optional(),
    tls: tls.optional(),
    /** Stands before every key, so that apps can share a server. Default: the app's name and `:`. */
    prefix: z
      .string()
      .regex(/^[^{}]{0,128}$/, 'expected at most 128 letters, without { and }: a cluster reads them')
      .optional(),
    /** How long a request may wait for the server, each time, in milliseconds. */
    timeLimitMs: z.number().int().min(1).max(10_000).default(100),
    /** Whether the server is a cluster. All keys of one plugin then lie on one of its shards. */
    cluster: z.boolean().default(false),
  })
  .refine(({ url, password }) => password === undefined || new URL(url).password === '', {
    path: ['password'],
    message: 'the URL has a password too; say it once',
  })
  .refine(({ url, tls }) => tls === undefined || url.startsWith('rediss:'), {
    path: ['tls'],
    message: 'needs a URL with rediss://',
  })
  .refine(({ url, cluster }) => !cluster || /^\/?0?$/.test(new URL(url).pathname), {
    path: ['url'],
    message: 'a cluster has no databases; leave the number out',
  })

export type RedisOptions = z.output<typeof options>
