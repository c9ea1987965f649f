/** What is wrong with an origin that the config or a route lists; undefined when a browser may send it. */
export function originProblem(listed: string): string | undefined {
  if (listed === '*') return "'*' stands alone, not in a list"
  // Pages of apps have schemes of their own, e.g. `capacitor://localhost`, of which nothing is known here.
  if (!/^https?:/i.test(listed) || !URL.canParse(listed)) return undefined
  const { origin } = new URL(listed)
  return origin === listed ? undefined : `browsers never send '${listed}'; write '${origin}'`
}
