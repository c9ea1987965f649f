/** What the table of variables shows. */
import type { Column } from '../table.ts'
import type { Style } from '../terminal.ts'
import type { VariableFacts } from './variable-facts.ts'

const styles: Readonly<Record<VariableFacts['state'], Style | undefined>> = {
  set: 'green',
  unset: undefined,
  missing: 'red',
  invalid: 'red',
}

const stateText = ({ state, from }: VariableFacts): string =>
  from === null || from === 'environment' ? state : `${state} in ${from}`

function fallbackText({ fallback, required, secret }: VariableFacts): string {
  if (secret && !required) return '(not shown)'
  return fallback === null ? '' : String(fallback)
}

export const envColumns: readonly Column<VariableFacts>[] = [
  { title: 'variable', cell: ({ name }) => name, style: () => 'bold' },
  { title: 'state', cell: stateText, style: ({ state }) => styles[state] },
  { title: 'required', cell: ({ required }) => (required ? 'yes' : 'no') },
  { title: 'secret', cell: ({ secret }) => (secret ? 'yes' : ''), style: () => 'yellow' },
  { title: 'fallback', cell: fallbackText, shrinkTo: 10 },
  { title: 'expected', cell: ({ expected }) => expected, shrinkTo: 12, optional: true },
  { title: 'used by', cell: ({ usedBy }) => usedBy.join(', '), shrinkTo: 12, optional: true },
]
