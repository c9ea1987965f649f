/** JSON Schema of any Standard Schema, when its library can tell: by Standard JSON Schema. */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'

export interface JsonSchema {
  [keyword: string]: unknown
}

/** `input`: what one may send; `output`: what comes out of it. */
export type Direction = 'input' | 'output'

/** In JSON Schema 2020-12, which OpenAPI 3.1 is built on. Never throws: what cannot be told is left open. */
export function jsonSchemaOf(schema: StandardSchemaV1, direction: Direction): JsonSchema {
  const standard = schema['~standard'] as StandardSchemaV1.Props & Partial<StandardJSONSchemaV1.Props>
  if (standard.jsonSchema === undefined) return unknownTo(standard.vendor)
  try {
    const { $schema: _, ...json } = standard.jsonSchema[direction]({
      target: 'draft-2020-12',
      ...(standard.vendor === 'zod' ? { libraryOptions: zodOptions } : {}),
    })
    return json
  } catch {
    return unknownTo(standard.vendor)
  }
}

/** Anything is allowed, as far as a client can know. */
const unknownTo = (vendor: string): JsonSchema => ({ description: `Checked by a schema of ${vendor}.` })

interface ZodNode {
  readonly zodSchema: { readonly _zod: { readonly def: { readonly type: string } } }
  readonly jsonSchema: JsonSchema
}

/** What JSON has no type for is described as it is written: `JSON.stringify` writes a date as text. */
const zodOptions = {
  unrepresentable: 'any',
  override({ zodSchema, jsonSchema }: ZodNode): void {
    const { type } = zodSchema._zod.def
    if (type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' })
    if (type === 'bigint') jsonSchema['type'] = 'integer'
    // OpenAPI 3.0's word for what JSON Schema calls `examples`.
    if ('example' in jsonSchema) {
      jsonSchema['examples'] ??= [jsonSchema['example']]
      delete jsonSchema['example']
    }
  },
}
