/** Where an app is asked for its health, as far as its config says. */

/** A value of the config: of a variable, or what is written there. */
export interface Setting<T extends string | number> {
  readonly variable?: string
  readonly fallback?: T
}

export interface HealthFacts {
  readonly port: Setting<number>
  readonly host: Setting<string>
  /** Where the routes of the health plugin begin. */
  readonly prefix: string
}

export interface HealthTarget {
  readonly host: string
  readonly port: number
  readonly path: string
}

/**
 * @param ready asks whether the app can serve; else only whether it is alive
 * @param port instead of the configured one
 * @throws when no port is known
 */
export function healthTarget(
  facts: HealthFacts,
  environment: Readonly<Record<string, string | undefined>>,
  { ready, port }: { readonly ready: boolean; readonly port?: number | undefined },
): HealthTarget {
  const chosen = port ?? Number(valueOf(facts.port, environment))
  if (!Number.isInteger(chosen) || chosen < 1 || chosen > 65_535)
    throw new Error(
      `The port is not known${facts.port.variable === undefined ? '' : `: ${facts.port.variable} is ${chosen === 0 ? '0, any free one' : 'not set to a port'}`}. Say it with --port.`,
    )
  return {
    host: asked(String(valueOf(facts.host, environment) ?? '127.0.0.1')),
    port: chosen,
    path: `${facts.prefix}/${ready ? 'ready' : 'live'}`,
  }
}

const valueOf = (
  { variable, fallback }: Setting<string | number>,
  environment: Readonly<Record<string, string | undefined>>,
) => (variable === undefined ? undefined : environment[variable]) ?? fallback

/** What listens on every address is asked on loopback. */
const asked = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host)
