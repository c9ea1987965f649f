/** Git on Windows writes CRLF, templates have LF: what differs in nothing else is the same. */

export const withLf = (text: string): string => text.replaceAll('\r\n', '\n')

/** With the line ends that most lines of another text have. */
export function withLineEndsOf(model: string, text: string): string {
  const crlf = model.split('\r\n').length - 1
  const all = model.split('\n').length - 1
  return crlf * 2 > all ? withLf(text).replaceAll('\n', '\r\n') : text
}
