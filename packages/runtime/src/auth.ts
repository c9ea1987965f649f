/** Who is calling, and who may: the contract between routes, plugins and providers of authentication. */
import type { IncomingHttpHeaders } from 'node:http'
import { service, type Service } from './service.ts'

/** The caller, once a provider knows it. */
export interface Principal {
  /** Unique within its scheme: the subject of a token, the id of an API key. */
  readonly id: string
  /** Name of the scheme that recognised it. */
  readonly scheme: string
  /** What it may do. */
  readonly scopes: readonly string[]
  /** Whatever else the credentials say. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** What a provider gets to look at. */
export interface Credentials {
  readonly headers: IncomingHttpHeaders
  readonly signal: AbortSignal
}

/** One way to authenticate. Registered with `auth.scheme(…)` in a plugin's setup. */
export interface AuthScheme {
  /** Unique in the app; the name in `security` of routes and in OpenAPI. */
  readonly name: string
  /** As OpenAPI 3.1 describes it, e.g. `{ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }`. */
  readonly openapi: Readonly<Record<string, unknown>>
  /** For `WWW-Authenticate` of a 401, e.g. `Bearer`. */
  readonly challenge: string
  /**
   * The caller; `undefined` when the request carries no credentials of this scheme.
   * @throws FREEDA_UNAUTHENTICATED when it carries credentials that do not hold
   */
  authenticate(credentials: Credentials): Promise<Omit<Principal, 'scheme'> | undefined>
}

/**
 * Who may call a route. `'public'`: everybody. `'optional'`: everybody, with a principal when there are credentials.
 * `'authenticated'`: whoever any scheme recognises. An object: one of these schemes (default: any), with all of these scopes.
 */
export type Security =
  | 'public'
  | 'optional'
  | 'authenticated'
  | { readonly schemes?: readonly string[]; readonly scopes?: readonly string[] }

/** A plugin's side of authentication, in its setup. */
export interface AuthRegistrar {
  scheme(scheme: AuthScheme): void
}

/** The caller of the current request; resolved from a request's scope, `undefined` for an anonymous one. */
export const CurrentPrincipal: Service<Principal | undefined> = service<Principal | undefined>('freeda.principal')
