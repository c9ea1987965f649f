/** Routes that no request can reach, because one of a plugin before it answers everything that they match. */
import type { Problem } from '../errors.ts'
import type { Mount } from './mount.ts'
import { indexRoutes, type Entry, type Layer } from './route-index.ts'
import { pathForms, type PathForm, type Segment } from './route-pattern.ts'

type Router = Mount['router']

/** Only what is certain; within one plugin the order of routes is its author's business. */
export function findShadowed(mounts: readonly Mount[]): Problem[] {
  const find = indexRoutes(mounts.map(({ router }) => router))
  const problems: Problem[] = []
  for (const [owner, { plugin, router }] of mounts.entries())
    for (const layer of router.stack) {
      const forms = layer.methods.length > 0 && isPlain(router) ? pathForms(layer.regexp) : undefined
      if (forms === undefined) continue
      const shadow = find(examplePath(forms[0]!)).find(
        (entry) => entry.owner < owner && shadows(entry, mounts[entry.owner]!.router, layer, forms),
      )
      if (shadow === undefined) continue
      problems.push({
        code: 'shadowed_route',
        at: `${layer.methods.find((method) => method !== 'HEAD') ?? 'HEAD'} ${String(layer.path)}`,
        message: `of plugin "${plugin}" is never reached: plugin "${mounts[shadow.owner]!.plugin}" answers it as ${String(shadow.layer.path)}.`,
        fix: 'Give one of them another `prefix` in the config, or let the first call `next()`.',
      })
    }
  return problems
}

/** A router that runs whatever matches the request's own path. */
const isPlain = (router: Router): boolean =>
  router.host === undefined && !router.exclusive && router.opts.routerPath === undefined

function shadows(
  { layer: first }: Entry,
  router: Router,
  second: Layer,
  forms: readonly PathForm[],
): boolean {
  if (!isPlain(router) || first.regexp.source === second.regexp.source) return false
  if (first.methods.length === 0 || !second.methods.every((method) => first.methods.includes(method)))
    return false
  // Of the middleware of a route the last decides; one that takes `next` may pass on.
  if (first.stack.at(-1)?.length !== 1) return false
  if (first.regexp.flags === '' && second.regexp.flags === 'i') return false
  if (!takesSlash(first) && takesSlash(second)) return false
  const wider = pathForms(first.regexp)
  return wider !== undefined && forms.every((form) => wider.some((each) => covers(each, form)))
}

const takesSlash = ({ regexp }: Layer): boolean => regexp.source.endsWith(String.raw`(?:\/$)?$`)

/** Whether every path of form `b` also has form `a`. */
function covers(a: PathForm, b: PathForm): boolean {
  if (a.end === 'open' || b.end === 'open') return false
  const { length } = a.segments
  if (!a.segments.every((segment, i) => segmentCovers(segment, b.segments[i]))) return false
  if (a.end === 'exact') return b.end === 'exact' && b.segments.length === length
  return b.segments.length > length ? b.segments[length] !== '' : b.end === 'rest'
}

function segmentCovers(a: Segment, b: Segment | undefined): boolean {
  if (b === undefined) return false
  if (typeof a === 'string') return a === b
  return a.kind === 'whole' && b !== ''
}

const examplePath = ({ segments, end }: PathForm): string =>
  [...segments, ...(end === 'rest' ? ['*'] : [])]
    .map((segment) => `/${typeof segment === 'string' ? segment : '*'}`)
    .join('')
