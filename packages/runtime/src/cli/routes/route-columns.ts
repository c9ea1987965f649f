/** What the table of routes shows. */
import type { Security } from '../../auth.ts'
import type { ServedRoute } from '../../describe-app.ts'
import type { Column } from '../table.ts'

/** `apiKey or jwt, with read and write`. */
export function securityText(security: Security | undefined): string {
  if (security === undefined) return 'nobody'
  if (typeof security === 'string') return security
  const { schemes = [], scopes = [] } = security
  const who = schemes.length === 0 ? 'authenticated' : schemes.join(' or ')
  return scopes.length === 0 ? who : `${who}, with ${scopes.join(' and ')}`
}

const limitText = ({ rateLimit }: ServedRoute): string =>
  rateLimit === false ? '' : `${rateLimit.limit}/${rateLimit.windowSeconds} s`

function notesOf({ deprecated, idempotent, essential, port }: ServedRoute): string {
  const notes = [
    deprecated && 'deprecated',
    idempotent && 'idempotent',
    essential && 'essential',
    port !== undefined && `on port ${port}`,
  ]
  return notes.filter((note) => note !== false).join(', ')
}

const noteStyle = ({ deprecated }: ServedRoute) => (deprecated ? 'yellow' : undefined)

export const routeColumns: readonly Column<ServedRoute>[] = [
  { title: 'method', cell: ({ method }) => method, style: () => 'cyan' },
  { title: 'path', cell: ({ path }) => path, style: () => 'bold' },
  { title: 'plugin', cell: ({ plugin }) => plugin },
  { title: 'security', cell: ({ security }) => securityText(security), shrinkTo: 14 },
  { title: 'notes', cell: notesOf, style: noteStyle, shrinkTo: 10, optional: true },
  { title: 'limit', cell: limitText, optional: true },
  { title: 'schemas', cell: ({ schemas }) => schemas.join(' '), shrinkTo: 12, optional: true },
  { title: 'summary', cell: ({ summary = '' }) => summary, shrinkTo: 16, optional: true, style: () => 'dim' },
]
