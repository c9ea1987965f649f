/** What `jwt()` can be told, and what of it makes no sense together. */
import { z } from 'zod'

/** An algorithm of one list can never be used with a key of the other: a public key is no secret of an HMAC. */
const secretAlgorithms = ['HS256', 'HS384', 'HS512'] as const
const keyAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const

const defaultAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'] as const

/** RFC 7518, 3.2: a key of the size of the hash, or larger. */
const secretBytes: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 }

const url = z
  .string()
  .refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), 'expected an http(s) URL')

export const jwtOptions = z
  .object({
    /** `iss` of the tokens; without `jwks`, `jwksUrl` and `secret` its keys are found by OpenID Connect discovery. */
    issuer: z.string().min(1).optional(),
    /** `aud` of the tokens: one of these. */
    audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
    /** Where the issuer's keys are. */
    jwksUrl: url.optional(),
    /** The issuer's keys themselves. */
    jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())).min(1) }).optional(),
    /** Shared with the issuer, when both are the same team. */
    secret: z.string().optional(),
    /** Default: RS256, PS256, ES256 and EdDSA, or HS256 with a secret. */
    algorithms: z
      .array(z.enum([...secretAlgorithms, ...keyAlgorithms]))
      .min(1)
      .optional(),
    /** Claim that holds the scopes: words with spaces between, or a list. */
    scopesClaim: z.string().min(1).default('scope'),
    /** Seconds by which clocks may differ. */
    clockTolerance: z.number().min(0).max(300).default(5),
    /** Header that carries a token. */
    header: z.string().min(1).toLowerCase().default('authorization'),
    /** Word before the token: `Authorization: Bearer <token>`. `''` for none. */
    prefix: z
      .string()
      .regex(/^[\w-]*$/, 'expected one word')
      .default('Bearer'),
    /** Name of the scheme, in `security` of routes and in OpenAPI. */
    scheme: z.string().min(1).default('jwt'),
  })
  .superRefine((options, context) => {
    const problem = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    const { issuer, audience, secret, jwks, jwksUrl, algorithms } = options
    const sources = [secret, jwks, jwksUrl].filter((source) => source !== undefined).length
    if (sources > 1) problem('jwks', 'expected one of `secret`, `jwks` and `jwksUrl`')
    if (sources === 0 && issuer === undefined)
      problem('issuer', 'expected an issuer, or one of `secret`, `jwks` and `jwksUrl`')
    if (sources === 0 && issuer !== undefined && !url.safeParse(issuer).success)
      problem('issuer', 'expected an http(s) URL, since the keys are looked for there')
    if (secret === undefined) {
      // The keys of an issuer sign tokens for all of its apps.
      if (issuer === undefined && sources > 0) problem('issuer', 'expected the `iss` of the tokens')
      if (audience === undefined) problem('audience', 'expected the `aud` of tokens for this app')
    }
    const allowed: readonly string[] = secret === undefined ? keyAlgorithms : secretAlgorithms
    for (const algorithm of algorithms ?? [])
      if (!allowed.includes(algorithm))
        problem('algorithms', `${algorithm} is not for ${secret === undefined ? 'public keys' : 'a secret'}`)
    const strongest = Math.max(...(algorithms ?? ['HS256']).map((name) => secretBytes[name] ?? 0))
    if (secret !== undefined && Buffer.byteLength(secret) < strongest)
      problem('secret', `expected at least ${strongest} bytes (RFC 7518, 3.2)`)
  })

export type JwtOptions = z.output<typeof jwtOptions>

export const algorithmsOf = ({ algorithms, secret }: JwtOptions): string[] => [
  ...(algorithms ?? (secret === undefined ? defaultAlgorithms : ['HS256'])),
]
