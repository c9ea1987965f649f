/**
 * Takes the place of a service whose plugin is not set up: it can be kept and passed on, and says what it is when it is used.
 * @param id of the token
 * @param plugin that would provide it
 */
export function standInFor(id: string, plugin: string): unknown {
  const refuse = () => {
    throw new Error(
      `the service ${id} was used, but plugin "${plugin}", which provides it, is not set up here.`,
    )
  }
  return new Proxy(refuse, {
    // Not for symbols, nor `then`: whoever awaits or prints it would call it.
    get: (_, key) => (typeof key === 'symbol' || key === 'then' ? undefined : refuse),
    construct: refuse,
  })
}
