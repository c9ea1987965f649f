/** Shorter values would turn ordinary words of a log into noise. */
const minSecretLength = 4

/** Gives a function that replaces every occurrence of a secret value, also as it stands inside JSON or a URL. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = secrets
    .filter((secret) => secret.length >= minSecretLength)
    .flatMap((secret) => [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret.toWellFormed()),
    ])
  if (forms.length === 0) return (text) => text
  // Longest first, so that a secret that contains another one is hidden whole.
  const alternatives = [...new Set(forms)].toSorted((a, b) => b.length - a.length)
  const pattern = new RegExp(
    alternatives.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'),
    'g',
  )
  return (text) => text.replace(pattern, '[redacted]')
}
