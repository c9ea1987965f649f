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
  /** Aborts when the client goes away or the request's time is up: pass it to whatever a provider waits for. */
  readonly signal: AbortSignal
}

/** One way to authenticate. Registered with `auth.scheme(…)` in a plugin's setup. */
export interface AuthScheme {
  /** Unique in the app; the name in `security` of routes and in OpenAPI. */
  readonly name: string
  /** As OpenAPI 3.1 describes it, e.g. `{ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }`. */
  readonly openapi: Readonly<Record<string, unknown>>
  /** For `WWW-Authenticate` of a 401, e.g. `Bearer` (RFC 9110, 11.6.1). */
  readonly challenge: string
  /**
   * The caller; `undefined` when the request carries no credentials of this scheme. Asked once for every request; what
   * it says is not kept for the next one.
   * @throws FREEDA_UNAUTHENTICATED when it carries credentials that do not hold; FREEDA_AUTH_UNAVAILABLE when that
   *   cannot be told at the moment
   */
  authenticate(credentials: Credentials): Promise<Omit<Principal, 'scheme'> | undefined>
}

/**
 * Who may call a route. `'public'`: everybody, and nobody is recognised. `'optional'`: everybody, with a principal when
 * there are credentials; wrong ones are refused. `'authenticated'`: whoever any scheme recognises. An object: whoever
 * one of these schemes recognises (default: any), with all of these scopes.
 */
export type Security =
  | 'public'
  | 'optional'
  | 'authenticated'
  | { readonly schemes?: readonly string[]; readonly scopes?: readonly string[] }

/** A {@link Security} that keeps somebody out. */
export type Lock = Exclude<Security, 'public' | 'optional'>

/** A plugin's side of authentication, in its setup. */
export interface AuthRegistrar {
  /** @throws FREEDA_PLUGIN_DEFINITION when the name is taken or malformed */
  scheme(scheme: AuthScheme): void
}

/** The app's services as one request sees them. */
export interface RequestServices {
  /**
   * A service of the app, or {@link CurrentPrincipal}.
   * @throws FREEDA_SERVICE_UNKNOWN
   */
  get<T>(token: Service<T>): T
}

/**
 * The caller of the current request, `undefined` for an anonymous one: `ctx.services.get(CurrentPrincipal)`. Not for
 * `needs`, which are resolved once for the app.
 */
export const CurrentPrincipal: Service<Principal | undefined> = service<Principal | undefined>(
  'freeda.principal',
)
