/** The schemas of a document: each used twice or named stands once under `components`, the rest where it is used. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { jsonSchemaOf, type Direction, type JsonSchema } from './json-schema.ts'

export interface Components {
  /** A schema in its place: filled by `finish`, with a reference or with the schema itself. */
  use(schema: StandardSchemaV1, direction: Direction, name: string): JsonSchema
  /** The properties of an object schema, for parameters; none when it is no object or cannot be told. */
  propertiesOf(schema: StandardSchemaV1, name: string): Properties
  /** Fills all places; gives what stands under `components/schemas`. */
  finish(): Readonly<Record<string, JsonSchema>>
}

export interface Properties {
  readonly properties: Readonly<Record<string, JsonSchema>>
  readonly required: readonly string[]
}

interface Use {
  readonly schema: StandardSchemaV1
  readonly direction: Direction
  readonly name: string
  readonly places: JsonSchema[]
}

export function createComponents(reserved: Readonly<Record<string, JsonSchema>>): Components {
  const uses: Use[] = []
  const schemas = new Map<string, JsonSchema>(Object.entries(reserved))
  /** As the schema's library wrote them, to tell one from another of the same name. */
  const written = new Map<string, string>()

  function claim(wanted: string, json: JsonSchema): string {
    const name = wanted.replaceAll(/[^A-Za-z0-9._-]+/g, '_')
    const text = JSON.stringify(json)
    for (let i = 1; ; i++) {
      const candidate = i === 1 ? name : `${name}${i}`
      if (written.get(candidate) === text) return candidate
      if (schemas.has(candidate)) continue
      written.set(candidate, text)
      schemas.set(candidate, json)
      return candidate
    }
  }

  /** Moves the definitions that a schema brings along to the components. */
  function settle(json: JsonSchema, own: string, share: boolean): JsonSchema {
    const { $defs = {}, ...root } = json as JsonSchema & { $defs?: Record<string, JsonSchema> }
    const names = new Map<string, string>()
    for (const [key, definition] of Object.entries($defs))
      names.set(`#/$defs/${key}`, claim(key.startsWith('__') ? `${own}${key}` : key, definition))
    const refersToItself = JSON.stringify(root).includes('"$ref":"#"')
    const lone = Object.keys(root).length === 1 && typeof root['$ref'] === 'string'
    const shared = !lone && (share || refersToItself) ? claim(titleOf(root) ?? own, root) : undefined
    if (shared !== undefined) names.set('#', shared)
    for (const name of names.values()) schemas.set(name, rewrite(schemas.get(name)!, names) as JsonSchema)
    return shared === undefined ? (rewrite(root, names) as JsonSchema) : reference(shared)
  }

  return {
    use(schema, direction, name) {
      const place: JsonSchema = {}
      const known = uses.find((use) => use.schema === schema && use.direction === direction)
      if (known === undefined) uses.push({ schema, direction, name, places: [place] })
      else known.places.push(place)
      return place
    },
    propertiesOf(schema, name) {
      const json = settle(jsonSchemaOf(schema, 'input'), name, false)
      const object = typeof json['$ref'] === 'string' ? (schemas.get(nameIn(json['$ref'])) ?? {}) : json
      return {
        properties: (object['properties'] ?? {}) as Record<string, JsonSchema>,
        required: (object['required'] ?? []) as string[],
      }
    },
    finish() {
      const settled = uses.map(({ schema, direction, name, places }) => {
        const json = jsonSchemaOf(schema, direction)
        return { places, json: settle(json, name, places.length > 1 || titleOf(json) !== undefined) }
      })
      const fold = folder(schemas)
      for (const { places, json } of settled) for (const place of places) Object.assign(place, fold(json))
      return Object.fromEntries([...schemas].map(([name, json]) => [name, inner(json, fold)]))
    },
  }
}

const prefix = '#/components/schemas/'
export const reference = (name: string): JsonSchema => ({ $ref: `${prefix}${name}` })
const nameIn = (ref: string) => ref.slice(prefix.length)

const titleOf = ({ title, properties }: JsonSchema): string | undefined =>
  typeof title === 'string' && properties !== undefined ? title : undefined

type Fold = (node: unknown) => unknown

const inner = (json: JsonSchema, fold: Fold): JsonSchema =>
  Object.fromEntries(Object.entries(json).map(([key, value]) => [key, fold(value)]))

function rewrite(node: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(node)) return node.map((item) => rewrite(item, names))
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      const name = key === '$ref' ? names.get(value as string) : undefined
      return [key, name === undefined ? rewrite(value, names) : prefix + name]
    }),
  )
}

/** Replaces what is written out although it equals a component: libraries write nested schemas out. */
function folder(schemas: ReadonlyMap<string, JsonSchema>): Fold {
  const byText = new Map<string, string>()
  for (const [name, json] of schemas)
    if (json['properties'] !== undefined) byText.set(JSON.stringify(json), name)
  const fold: Fold = (node) => {
    if (Array.isArray(node)) return node.map(fold)
    if (typeof node !== 'object' || node === null) return node
    const name = 'properties' in node ? byText.get(JSON.stringify(node)) : undefined
    return name === undefined ? inner(node as JsonSchema, fold) : reference(name)
  }
  return fold
}
