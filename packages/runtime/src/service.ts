/** Tokens: how plugins meet without importing each other. */

const kind = Symbol.for('freeda.service')
declare const type: unique symbol

/** A token for a service of type `T`. Two tokens with the same id are the same service. */
export interface Service<T> {
  readonly id: string
  readonly [kind]: true
  /** Only a type: carries `T`. */
  readonly [type]?: T
}

/** A need that may stay unmet; the plugin then gets `undefined`. */
export interface OptionalService<T> {
  readonly optional: Service<T>
}

/**
 * Makes a token, e.g. `export const Mail = service<Mailer>('acme.mail')`.
 * @param id unique in the app; by convention `owner.name`.
 */
export const service = <T>(id: string): Service<T> => ({ id, [kind]: true })

/** Marks a need as optional: `needs: { cache: optional(Cache) }`. */
export const optional = <T>(token: Service<T>): OptionalService<T> => ({ optional: token })

export const isService = (value: unknown): value is Service<unknown> =>
  typeof value === 'object' && value !== null && kind in value
