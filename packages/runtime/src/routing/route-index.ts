/**
 * Finds the layers that may match a path without trying all of them: a tree of path segments over the layers of all
 * plugins. It never misses a layer that matches; those that it finds are then tested by their own regular expressions.
 */
import type { Mount } from './mount.ts'
import { pathForms, type PathForm, type Segment } from './route-pattern.ts'

export type Layer = Mount['router']['stack'][number]

export interface Entry {
  readonly layer: Layer
  /** Position of its plugin among the mounts. */
  readonly owner: number
  /** Position among all layers: plugin by plugin, each in its own order. */
  readonly order: number
  /** Whether its expression remembers nothing between two uses, as one with the flags g or y does. */
  readonly stateless: boolean
}

/** The layers that may match, in order. */
export type FindCandidates = (path: string) => readonly Entry[]

interface Node {
  readonly literal: Map<string, Node>
  any: Node | undefined
  /** For paths that end here, or with one more slash. */
  readonly here: Entry[]
  /** For paths that go through here, wherever they lead. */
  readonly through: Entry[]
}

const emptyNode = (): Node => ({ literal: new Map(), any: undefined, here: [], through: [] })

export function indexRoutes(routers: readonly { readonly stack: readonly Layer[] }[]): FindCandidates {
  const sensitive = emptyNode()
  const insensitive = emptyNode()
  let order = 0
  for (const [owner, { stack }] of routers.entries())
    for (const layer of stack) {
      const { flags } = layer.regexp
      const entry: Entry = { layer, owner, order: order++, stateless: !/[gy]/.test(flags) }
      const forms = pathForms(layer.regexp)
      const ignoresCase = forms !== undefined && flags === 'i'
      for (const form of forms ?? [anyPath])
        insert(ignoresCase ? insensitive : sensitive, form, entry, ignoresCase)
    }
  const mayIgnoreCase = !isEmpty(insensitive)
  return (path) => {
    const found: Entry[] = []
    collect(sensitive, path, 0, found)
    if (mayIgnoreCase) collect(insensitive, path.toLowerCase(), 0, found)
    return found.length > 1 ? inOrder(found) : found
  }
}

const anyPath: PathForm = { segments: [], end: 'open' }

const isEmpty = ({ literal, any, here, through }: Node) =>
  literal.size + here.length + through.length === 0 && any === undefined

function insert(root: Node, { segments, end }: PathForm, entry: Entry, ignoresCase: boolean): void {
  let node = root
  for (const segment of segments) node = child(node, ignoresCase ? folded(segment) : segment)
  const list = end === 'exact' ? node.here : node.through
  if (list.at(-1) !== entry) list.push(entry)
}

/** Beyond ASCII, regular expressions and `toLowerCase` disagree about which letters are the same. */
const folded = (segment: Segment): Segment =>
  typeof segment !== 'string'
    ? segment
    : /^[\0-\x7f]*$/.test(segment)
      ? segment.toLowerCase()
      : { kind: 'part' }

function child(node: Node, segment: Segment): Node {
  if (typeof segment !== 'string') return (node.any ??= emptyNode())
  let next = node.literal.get(segment)
  if (next === undefined) node.literal.set(segment, (next = emptyNode()))
  return next
}

/** `at` is where the slash before the next segment stands. Visits no node twice, and none that is not in the tree. */
function collect(node: Node, path: string, at: number, found: Entry[]): void {
  for (const entry of node.through) found.push(entry)
  const ends = at >= path.length
  if (node.here.length > 0 && (ends || at === path.length - 1))
    for (const entry of node.here) found.push(entry)
  if (ends || path.charCodeAt(at) !== 0x2f) return
  const slash = path.indexOf('/', at + 1)
  const end = slash === -1 ? path.length : slash
  if (node.literal.size > 0) {
    const next = node.literal.get(path.slice(at + 1, end))
    if (next !== undefined) collect(next, path, end, found)
  }
  if (node.any !== undefined) collect(node.any, path, end, found)
}

/** A layer with optional parts has several forms, and may have been found by more than one. */
function inOrder(found: Entry[]): Entry[] {
  found.sort((a, b) => a.order - b.order)
  return found.filter((entry, i) => entry !== found[i - 1])
}
