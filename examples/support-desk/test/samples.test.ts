import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { fillTemplate } from '../scripts/samples/fill-template.ts'
import { makeFiles } from '../scripts/samples/make-files.ts'
import { seeded } from '../scripts/samples/random.ts'
import { shiftDates } from '../scripts/shift-dates.ts'
import { Imports, type ImportFormat } from '../src/imports/contract.ts'
import { TicketRecord } from '../src/tickets/requests.ts'
import { Channel, Priority, Status } from '../src/tickets/ticket.ts'
import { openDesk } from './desk.ts'

const sample = (name: string) => readFile(new URL(`../samples/${name}`, import.meta.url), 'utf8')
const tickets = async () => TicketRecord.array().parse(JSON.parse(await sample('tickets.json')))

describe('the samples', () => {
  it('are what the script makes', async () => {
    for (const [name, content] of Object.entries(makeFiles())) expect(await sample(name)).toBe(content)
  })

  it.each<[string, ImportFormat, number]>([
    ['tickets.json', 'json', 340],
    ['tickets.ndjson', 'ndjson', 40],
    ['tickets.csv', 'csv', 40],
  ])('%s can be imported without an error', async (name, format, total) => {
    const desk = await openDesk()
    const report = await desk.app.get(Imports).run(format, await sample(name))
    expect(report).toMatchObject({ total, created: total, failed: 0 })
  })

  it('have every channel, status and priority, and hardly ever say the same thing', async () => {
    const records = await tickets()
    const seen = (pick: (ticket: TicketRecord) => string | undefined) => new Set(records.map(pick))
    for (const channel of Channel.options) expect(seen((ticket) => ticket.channel)).toContain(channel)
    for (const status of Status.options) expect(seen((ticket) => ticket.status)).toContain(status)
    for (const priority of Priority.options) expect(seen((ticket) => ticket.priority)).toContain(priority)
    expect(seen((ticket) => ticket.messages[0]?.text).size).toBeGreaterThan(records.length * 0.9)
  })

  it('reach to the present when the demo moves them, without changing their order or hour', async () => {
    const records = await tickets()
    const nowMs = Date.parse('2031-05-06T07:08:09.000Z')
    const shifted = shiftDates(records, nowMs)
    const last = Math.max(
      ...shifted.flatMap((ticket) => ticket.messages.map((message) => Date.parse(message.createdAt))),
    )
    expect(nowMs - last).toBeGreaterThanOrEqual(0)
    expect(nowMs - last).toBeLessThan(86_400_000)
    expect(shifted.map((ticket) => ticket.createdAt.slice(11))).toEqual(
      records.map((ticket) => ticket.createdAt.slice(11)),
    )
  })
})

describe('a template', () => {
  const random = seeded(1)

  it('fills slots, with a capital where one is asked for', () => {
    expect(fillTemplate('{Le} de {city}', { le: 'le colis', city: () => 'Troyes' }, random)).toBe(
      'Le colis de Troyes',
    )
  })

  it('chooses, also inside a choice', () => {
    const seen = new Set(Array.from({ length: 60 }, () => fillTemplate('[a[1|2]|b|]', {}, random)))
    expect(seen).toEqual(new Set(['a1', 'a2', 'b', '']))
  })

  it('refuses a slot that it does not know', () => {
    expect(() => fillTemplate('Hello {nmae}', { name: 'Zoé' }, random)).toThrow('Unknown slot {nmae}')
  })
})
