/** Names that plugins give to what they share: keys, tags, topics. */
import { FreedaError } from './errors.ts'

const maxNameBytes = 512

/** @param what `The call of the cache` */
export const refuseCall = (what: string, path: string, message: string): FreedaError =>
  new FreedaError('FREEDA_VALIDATION', { what, errors: [{ path, message }] })

/** @throws FREEDA_VALIDATION unless `name` is well-formed text of 1 to 512 bytes */
export function checkName(what: string, path: string, name: string): void {
  if (typeof name !== 'string' || name === '')
    throw refuseCall(what, path, 'must be a text that is not empty')
  if (!name.isWellFormed()) throw refuseCall(what, path, 'is not well-formed text (it has a lone surrogate)')
  // A UTF-16 unit takes at most three bytes.
  if (name.length * 3 > maxNameBytes && Buffer.byteLength(name) > maxNameBytes)
    throw refuseCall(what, path, `has more than ${maxNameBytes} bytes; hash what is so long`)
}
