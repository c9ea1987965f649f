/**
 * Asks an issuer where its keys are. Source: OpenID Connect Discovery 1.0, section 4.
 * @throws when it does not answer, or names another issuer than itself
 */
export async function discoverKeys(issuer: string, timeoutMs: number): Promise<URL> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`${url} answered ${response.status}`)
  }
  const found = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown } | null
  // An answer for another issuer would let that one sign in this one's name (4.3).
  if (found?.issuer !== issuer) throw new Error(`${url} is not of the issuer ${issuer}`)
  if (typeof found.jwks_uri !== 'string' || !URL.canParse(found.jwks_uri))
    throw new Error(`${url} has no jwks_uri`)
  const keys = new URL(found.jwks_uri)
  if (!isSafe(keys) && isSafe(new URL(issuer))) throw new Error(`${url} has a jwks_uri that is not https`)
  return keys
}

/** Whether nobody on the way can change what comes from there. */
export const isSafe = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname))
