/** What a newcomer may try against the running demo. */
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { styleText } from 'node:util'
import type { App } from '@freeda/runtime'
import { Tickets } from '../src/tickets/contract.ts'
import { PageQuery, TicketQuery } from '../src/tickets/requests.ts'

// Plain when the output is not a terminal.
const bold = (text: string) => styleText('bold', text)
const dim = (text: string) => styleText('dim', text)
const cyan = (text: string) => styleText('cyan', text)

/** A title, and commands under it. */
type Step = readonly [title: string, ...commands: string[]]

export async function printTour(app: App, imported: number): Promise<void> {
  const lines = [
    '',
    `${bold('Support desk')} is running at ${bold(app.url)}`,
    imported > 0
      ? `${imported} sample tickets were imported into the data folder.`
      : 'The data folder has the tickets of the last run.',
    ...(await steps(app)).flatMap(([title, ...commands]) => ['', dim(title), ...commands.map(cyan)]),
    '',
    dim('Ctrl-C stops it; the tickets stay.'),
    '',
  ]
  console.log(lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n'))
}

async function steps({ url, get }: App): Promise<Step[]> {
  const { cursor = '' } = await get(Tickets).list(TicketQuery.parse({ status: 'open', limit: 3 }))
  const { items } = await get(Tickets).queue(PageQuery.parse({ limit: 1 }))
  const id = items[0]?.id ?? 'ID-OF-A-TICKET'
  const today = new Date().toISOString().slice(0, 10)
  const curl = (path: string, ...options: string[]) => ['curl', ...options, `'${url}${path}'`].join(' ')

  return [
    ['Is it well?', curl('/health')],
    ['Open tickets, newest first', curl('/staff/tickets?status=open&limit=3', staff)],
    ['The page after that', curl(`/staff/tickets?status=open&limit=3&cursor=${cursor}`, staff)],
    [
      'By channel; by day',
      curl('/staff/tickets?channel=whatsapp', staff),
      curl(`/staff/tickets?day=${today}`, staff),
    ],
    ['What to work on next, by SLA', curl('/staff/queue?limit=5', staff)],
    [
      'A ticket as staff sees it; as its customer does',
      curl(`/staff/tickets/${id}`, staff),
      curl(`/tickets/${id}`),
    ],
    ['Its conversation', curl(`/staff/tickets/${id}/messages`, staff)],
    [
      'Answer it and wait for the customer: its SLA clock stops',
      curl(`/staff/tickets/${id}/messages`, staff, ...json(reply)),
    ],
    ['Open a ticket: it is analysed on the way in', curl('/tickets', ...json(newTicket))],
    [
      'Import a file, twice if you like',
      curl('/imports', staff, "-H 'content-type: text/csv'", `--data-binary '@${csvFile}'`),
    ],
  ]
}

const reply = {
  kind: 'reply',
  agent: 'Claire',
  text: 'Could you send us a photo?',
  status: 'waiting_customer',
}

const newTicket = {
  channel: 'email',
  subject: 'Toujours pas livrée',
  text: 'Bonjour, ma lampe devait arriver hier et je suis très déçue. Pouvez-vous regarder au plus vite ?',
  customer: { name: 'Zoé Martin', email: 'zoe.martin@example.com' },
}

const json = (value: unknown) => ["-H 'content-type: application/json'", `-d '${JSON.stringify(value)}'`]

/** The shell fills in a token of one's own, so that it is not printed here. */
const staff =
  process.env['STAFF_TOKEN'] === undefined
    ? "-H 'authorization: Bearer demo-staff-token'"
    : '-H "authorization: Bearer $STAFF_TOKEN"'

/** As seen from where the user is: npm changes the folder, and tells from which. */
const csvFile = relative(
  process.env['INIT_CWD'] ?? process.cwd(),
  fileURLToPath(new URL('../samples/tickets.csv', import.meta.url)),
)
