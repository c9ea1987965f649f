/** Packs what a cache is to keep. */
import { isFreedaError } from '../errors.ts'
import { packValue, type PackedValue } from '../storage/pack-value.ts'

/**
 * @returns `undefined` when the value has more members than any limit of bytes allows
 * @throws FREEDA_VALIDATION with the path of each part that cannot be kept
 */
export function packCached(key: string, value: unknown): PackedValue | undefined {
  try {
    return packValue(`The cached value of "${key}"`, value)
  } catch (error) {
    if (isFreedaError(error, 'FREEDA_ITEM_TOO_LARGE')) return undefined
    throw error
  }
}
