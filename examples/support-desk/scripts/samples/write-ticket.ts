/** Writes one ticket with its conversation, as people would on that channel and as far as its status says. */
import type { Channel, Priority, Status } from '../../src/tickets/ticket.ts'
import { capital, fillTemplate, type Slots } from './fill-template.ts'
import { english } from './english.ts'
import { french } from './french.ts'
import type { Random } from './random.ts'
import type { Phrasebook, Product, Scenario, Template } from './scenario.ts'

interface SampleMessage {
  kind: 'customer' | 'reply' | 'note'
  agent?: string
  text: string
  createdAt: string
}

/** What an import takes: see `TicketRecord` of the tickets plugin. */
export interface SampleTicket {
  externalId: string
  channel: Channel
  status: Status
  priority?: Priority
  subject: string
  customer: { name: string; email?: string; phone?: string }
  assignee?: string
  createdAt: string
  messages: SampleMessage[]
}

/** From the first message on, and not beyond the end of the samples. */
interface Span {
  readonly createdAtMs: number
  readonly untilMs: number
}

interface Writer {
  readonly random: Random
  readonly phrases: Phrasebook
  readonly scenario: Scenario
  readonly channel: Channel
  readonly agent: Agent
  say(templates: readonly Template[], more?: Slots): string
}

interface Agent {
  readonly name: string
  readonly gender: 'f' | 'm'
}

const agents: readonly Agent[] = [
  { name: 'Claire', gender: 'f' },
  { name: 'Karim', gender: 'm' },
  { name: 'Inès', gender: 'f' },
  { name: 'Hugo', gender: 'm' },
  { name: 'Maud', gender: 'f' },
  { name: 'Tobias', gender: 'm' },
]

export function writeTicket(
  random: Random,
  { externalId, status, createdAtMs, untilMs }: Span & { externalId: string; status: Status },
): SampleTicket {
  const phrases = random.chance(0.6) ? french : english
  const scenario = random.pick(phrases.scenarios)
  const channel = random.weighted({ email: 32, chat: 22, telephone: 18, whatsapp: 16, sms: 12 })
  const product = random.pick(
    phrases.products.filter(({ abilities }) => !scenario.ability || abilities.includes(scenario.ability)),
  )
  const agent = random.pick(agents)
  const person = personOf(random, phrases)
  const slots = slotsOf(random, phrases, { product, agent, person })
  const say = (templates: readonly Template[], more: Slots = {}) =>
    fillTemplate(random.pick(templates), { ...slots, ...more }, random)
  const writer: Writer = { random, phrases, scenario, channel, agent, say }
  const messages = conversation(writer, status, { createdAtMs, untilMs })
  return {
    externalId,
    channel,
    status,
    ...(random.chance(0.75) && { priority: random.pick(scenario.priorities) }),
    subject: capital(say(scenario.subjects)),
    customer: contact(random, channel, person.name, say([phrases.phone])),
    ...(messages.some(({ kind }) => kind !== 'customer') && { assignee: agent.name }),
    createdAt: new Date(createdAtMs).toISOString(),
    messages,
  }
}

function personOf(random: Random, phrases: Phrasebook) {
  const woman = random.chance(0.5)
  const first = random.pick(woman ? phrases.women : phrases.men)
  const last = random.pick(phrases.lastNames)
  return { first, last, woman, name: `${first} ${last}` }
}

interface SlotSource {
  readonly product: Product
  readonly agent: Agent
  readonly person: ReturnType<typeof personOf>
}

function slotsOf(random: Random, phrases: Phrasebook, source: SlotSource): Slots {
  const { product, agent, person } = source
  const digits = (count: number) => Array.from({ length: count }, () => random.int(0, 9)).join('')
  const weekday = random.pick(phrases.weekdays)
  return {
    ...product.words,
    name: person.name,
    first: person.first,
    last: person.last,
    f: person.woman ? 'e' : '',
    agent: agent.name,
    agentE: agent.gender === 'f' ? 'e' : '',
    city: () => random.pick(phrases.cities),
    date: phrases.past.replace('{day}', weekday),
    later: phrases.coming.replace('{day}', weekday),
    days: String(random.int(5, 19)),
    minutes: String(random.int(2, 14)),
    amount: String(product.price),
    small: String(random.int(6, 39)),
    order: `BR-${digits(6)}`,
    invoice: `F-${digits(5)}`,
    tracking: `6Q${digits(9)}`,
    error: `E-${digits(2)}`,
    min: String(random.int(10, 59)),
    n: () => digits(1),
    nn: () => digits(2),
  }
}

/** What the channel needs to answer, and now and then more. */
function contact(random: Random, channel: Channel, name: string, phone: string): SampleTicket['customer'] {
  const local = name
    .normalize('NFD')
    .replace(/[øØ]/g, 'o')
    .replace(/[^A-Za-z -]/g, '')
    .toLowerCase()
    .replace(/ (?=[^ ]*$)/, '.')
    .replace(/ /g, '-')
  const email = `${local}@${random.pick(['example.com', 'example.org', 'example.net'])}`
  const wantsEmail = channel === 'email' || random.chance(channel === 'chat' ? 0.6 : 0.3)
  const wantsPhone = ['telephone', 'whatsapp', 'sms'].includes(channel) || random.chance(0.2)
  return { name, ...(wantsEmail && { email }), ...(wantsPhone && { phone }) }
}

/** The first message: long by mail, short by text message, spoken on the telephone. */
function opening({ random, phrases, scenario, channel, say }: Writer): string {
  const problem = say(scenario.problems)
  const detail = say(scenario.details)
  const wish = say(scenario.wishes)
  switch (channel) {
    case 'sms':
      return say(scenario.short)
    case 'whatsapp':
      return random.chance(0.6) ? say(scenario.short) : `${problem} ${wish}`
    case 'chat':
      return random.chance(0.5) ? `${problem} ${wish}` : `${problem} ${detail}`
    case 'telephone':
      return say(phrases.calls, { problem, detail, wish })
    case 'email': {
      const stories =
        random.chance(0.25) && !scenario.pleasant
          ? severalOf(random, storiesFor(scenario, phrases), random.int(2, 6))
          : []
      const told = stories.map((story) => say([story])).join(' ')
      return [say(phrases.greetings), [problem, detail].join(' '), told, wish, say(phrases.closings)]
        .filter((paragraph) => paragraph !== '')
        .join('\n\n')
    }
  }
}

const storiesFor = ({ device }: Scenario, { stories, deviceStories }: Phrasebook) =>
  device ? [...stories, ...deviceStories] : stories

function severalOf<T>(random: Random, items: readonly T[], count: number): T[] {
  const left = [...items]
  return Array.from({ length: Math.min(count, left.length) }, () =>
    left.splice(random.int(0, left.length - 1), 1),
  ).flat()
}

/** `late`: not before a day has gone by. */
type Line = Omit<SampleMessage, 'createdAt'> & { late?: true }

/** Who says what, up to the status. */
function* lines(writer: Writer, status: Status): Generator<Line> {
  const { random, phrases, scenario, channel, agent, say } = writer
  const customer = (text: string): Line => ({ kind: 'customer', text })
  const reply = (text: string): Line => ({
    kind: 'reply',
    agent: agent.name,
    text: channel === 'email' ? `${text}\n\n${say(phrases.signOffs)}`.trim() : text,
  })
  const note = (): Line => ({ kind: 'note', agent: agent.name, text: say(scenario.notes) })

  const reminder = (): Line => ({ ...customer(say(phrases.nudges)), late: true })
  const impatient = (probability: number) => !scenario.pleasant && random.chance(probability)

  yield customer(opening(writer))
  if (impatient(0.2)) yield reminder()
  if (status === 'open') {
    if (random.chance(0.15)) yield note()
    return
  }
  if (!scenario.pleasant) yield reply(say(phrases.acknowledgements))
  if (random.chance(0.4)) yield note()
  if (status === 'in_progress' && random.chance(0.6)) return
  const asks = status !== 'resolved' || random.chance(0.5)
  if (asks) yield reply(say(scenario.questions))
  if (status === 'waiting_customer') return
  if (asks) yield customer(say(scenario.answers))
  if (impatient(0.15)) yield reminder()
  if (status === 'in_progress') return
  yield reply(say(scenario.solutions))
  if (random.chance(status === 'closed' ? 0.8 : 0.3))
    yield customer(say(scenario.device ? [...phrases.thanks, ...phrases.deviceThanks] : phrases.thanks))
}

/** Minutes between two messages: people chat faster than they mail. */
const paces: Readonly<Record<Channel, readonly [number, number]>> = {
  chat: [1, 9],
  telephone: [30, 900],
  whatsapp: [4, 240],
  sms: [10, 400],
  email: [45, 1_500],
}

function conversation(writer: Writer, status: Status, { createdAtMs, untilMs }: Span): SampleMessage[] {
  const [shortest, longest] = paces[writer.channel]
  const spoken = [...lines(writer, status)]
  const offsets: number[] = []
  for (const { late } of spoken) {
    const last = offsets.at(-1)
    const seconds = writer.random.int(shortest * 60, longest * 60) + (late ? 86_400 : 0)
    offsets.push(last === undefined ? 0 : last + seconds * 1_000)
  }
  // A young ticket has had less time to talk.
  const squeeze = Math.min(1, (untilMs - createdAtMs) / Math.max(1, offsets.at(-1) ?? 0))
  return spoken.map(({ kind, agent, text }, index) => ({
    kind,
    ...(agent !== undefined && { agent }),
    text,
    createdAt: new Date(createdAtMs + Math.floor(offsets[index]! * squeeze)).toISOString(),
  }))
}
