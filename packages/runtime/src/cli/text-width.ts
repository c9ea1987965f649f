/** How many columns text takes on a terminal. */

/** Two columns each: East Asian wide letters and emoji. Source: https://www.unicode.org/reports/tr11/ */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u
/** None: marks that stand on the letter before them, joiners, and styles. */
const none = /[\p{M}\p{Cf}]/u
// eslint-disable-next-line no-control-regex -- styles begin with one
const styles = /\u001b\[[0-9;]*m/g

export function textWidth(text: string): number {
  const plain = text.includes('\u001b') ? text.replace(styles, '') : text
  // eslint-disable-next-line no-control-regex -- what is not ASCII is looked at letter by letter
  if (/^[\u0020-\u007e]*$/.test(plain)) return plain.length
  let width = 0
  for (const letter of plain) width += none.test(letter) ? 0 : wide.test(letter) ? 2 : 1
  return width
}
