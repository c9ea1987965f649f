/**
 * The seal that ends every journal line and the snapshot: `,"crc32":"01234567"}` and a newline, over all bytes before it.
 * CRC-32 finds every error of up to 32 neighbouring bits and all but one in 4 billion others; it guards against disks
 * and slips, not against forgery. Source: Koopman, "32-bit cyclic redundancy codes for internet applications", 2002.
 */
import { crc32 } from 'node:zlib'

export { crc32 }

const before = ',"crc32":"'
const after = '"}\n'

/** Bytes of a seal, newline included. */
export const sealBytes = before.length + 8 + after.length

/** Ends a JSON object that is still open, e.g. `{"seq":1`. */
export const sealed = (open: string): string => open + seal(crc32(open))

/** The seal for the checksum of what stands before it. */
export const seal = (crc: number): string => before + crc.toString(16).padStart(8, '0') + after

/** The checksum that a seal states; undefined when `tail` is no seal. */
export function sealedCrc(tail: Buffer): number | undefined {
  const match = sealPattern.exec(tail.toString('latin1'))
  return match === null ? undefined : Number.parseInt(match[1] as string, 16)
}

const sealPattern = /^,"crc32":"([0-9a-f]{8})"\}\n$/

/** Whether a line, newline included, ends with the seal of its own bytes. */
export function isSealed(line: Buffer): boolean {
  if (line.length <= sealBytes) return false
  const split = line.length - sealBytes
  return sealedCrc(line.subarray(split)) === crc32(line.subarray(0, split))
}
