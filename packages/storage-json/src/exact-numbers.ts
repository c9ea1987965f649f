/** Numbers in a text of JSON that would come back as other numbers. Pure. */

/** The first number that JSON.parse changes, with its line, from 1. */
export function firstInexactNumber(
  json: string,
): { readonly number: string; readonly line: number } | undefined {
  for (const { 0: token, index } of json.matchAll(tokens))
    if (!token.startsWith('"') && decimal(token) !== decimal(String(Number(token))))
      return { number: token, line: json.slice(0, index).split('\n').length }
  return undefined
}

/** Strings are taken whole, so that the digits in them are none. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** One spelling for each number: its digits without zeros at either end, and the power of ten of the last one. */
function decimal(number: string): string {
  const [, sign, whole, fraction = '', exponent = '0'] = parts.exec(number) ?? []
  if (whole === undefined) return number // what is larger than all numbers is Infinity
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`
}
