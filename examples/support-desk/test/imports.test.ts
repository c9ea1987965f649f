import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ImportReport } from '../src/imports/contract.ts'
import { pageOf, StaffMessageView, StaffTicket } from '../src/tickets/views.ts'
import { openDesk, type DeskOptions } from './desk.ts'

async function deskForImports(options?: DeskOptions) {
  const desk = await openDesk(options)
  const post = (type: string, body: string | Uint8Array) =>
    desk.asStaff('/imports', { method: 'POST', headers: { 'content-type': type }, body })
  const report = async (type: string, body: string) => {
    const response = await post(type, body)
    expect(response.status).toBe(200)
    return ImportReport.parse(await response.json())
  }
  /** By their ids elsewhere: records of one import are taken side by side. */
  const all = async () => {
    const response = await desk.asStaff('/staff/tickets?limit=100')
    const { items } = pageOf(StaffTicket).parse(await response.json())
    return items.toSorted((a, b) => (a.externalId! < b.externalId! ? -1 : 1))
  }
  return { ...desk, post, report, all }
}

const record = (externalId: string, changes: object = {}) => ({
  externalId,
  channel: 'whatsapp',
  status: 'resolved',
  subject: 'Ça fuit 💧',
  customer: { name: 'Éloïse Quéré', phone: '+33 6 39 98 12 34' },
  assignee: 'Maud',
  createdAt: '2026-03-14T09:26:53+01:00',
  messages: [
    { kind: 'customer', text: 'Bonjour, ça fuit sous la cafetière.', createdAt: '2026-03-14T08:26:53.000Z' },
    { kind: 'note', agent: 'Maud', text: 'Joint de pompe.', createdAt: '2026-03-14T09:00:00.000Z' },
    { kind: 'reply', agent: 'Maud', text: 'Le joint est en route.', createdAt: '2026-03-14T10:26:53.000Z' },
  ],
  ...changes,
})

const csv = [
  'externalId,channel,status,priority,subject,customer.name,customer.email,customer.phone,createdAt,text',
  'C-1,email,open,high,"Late, again",Zoé Noël,zoe.noel@example.com,,2026-03-14T08:00:00Z,"Bonjour,\ntoujours rien."',
  'C-2,sms,open,,No phone,Conor Greer,,,2026-03-14T08:00:00Z,Hello',
  'C-3,chat,open,,Too short',
  'C-4,chat,closed,,Fine,Conor Greer,,,2026-03-14T08:00:00Z,Hello',
].join('\n')

describe('an import', () => {
  it('brings tickets with their history from JSON', async () => {
    const desk = await deskForImports()
    expect(await desk.report('application/json', JSON.stringify([record('J-1'), record('J-2')]))).toEqual({
      format: 'json',
      total: 2,
      created: 2,
      skipped: 0,
      failed: 0,
      errors: [],
    })
    // Both were created at the same time, so that either may be the first.
    const ticket = (await desk.all()).find(({ externalId }) => externalId === 'J-1')
    expect(ticket).toMatchObject({
      status: 'resolved',
      assignee: 'Maud',
      createdAt: '2026-03-14T08:26:53.000Z',
      updatedAt: '2026-03-14T10:26:53.000Z',
      analysis: { language: 'fr', category: 'technical' },
      sla: { state: 'paused', remainingMinutes: 1_320 },
    })
    const response = await desk.asStaff(`/staff/tickets/${ticket!.id}/messages`)
    const messages = pageOf(StaffMessageView).parse(await response.json())
    expect(messages.items.map((message) => message.kind)).toEqual(['customer', 'note', 'reply'])
  })

  it('reports what is wrong, line by line, and takes the rest of an NDJSON file', async () => {
    const desk = await deskForImports()
    const lines = [
      JSON.stringify(record('N-1')),
      '{"externalId":"N-2",',
      '',
      JSON.stringify(record('N-3', { status: 'pending', messages: [] })),
      JSON.stringify(record('N-4', { colour: 'blue' })),
      JSON.stringify(record('N-5')),
    ]
    const report = await desk.report('application/x-ndjson', lines.join('\n'))
    expect(report).toMatchObject({ total: 5, created: 2, skipped: 0, failed: 3 })
    expect(report.errors).toMatchObject([
      { record: 2, line: 2, problems: [{ path: '' }] },
      { record: 3, line: 4, externalId: 'N-3', problems: [{ path: 'status' }, { path: 'messages' }] },
      { record: 4, line: 5, externalId: 'N-4', problems: [{ message: 'Unrecognized key: "colour"' }] },
    ])
    expect((await desk.all()).map((ticket) => ticket.externalId)).toEqual(['N-1', 'N-5'])
  })

  it('takes CSV, a ticket a row', async () => {
    const desk = await deskForImports()
    const report = await desk.report('text/csv; charset=utf-8', csv)
    expect(report).toMatchObject({ total: 4, created: 2, failed: 2 })
    expect(report.errors).toMatchObject([
      { record: 2, line: 4, externalId: 'C-2', problems: [{ path: 'customer' }] },
      { record: 3, line: 5, problems: [{ message: expect.stringContaining('got 5') as string }] },
    ])
    expect(await desk.all()).toMatchObject([
      {
        externalId: 'C-1',
        subject: 'Late, again',
        priority: 'high',
        customer: { email: 'zoe.noel@example.com' },
      },
      { externalId: 'C-4', status: 'closed', sla: { state: 'paused' } },
    ])
  })

  it('does no harm when it is done again, in whatever format', async () => {
    const desk = await deskForImports()
    await desk.report('text/csv', csv)
    const [before] = await desk.all()
    await desk.change(before!.id, { priority: 'low' })

    expect(await desk.report('text/csv', csv)).toMatchObject({ created: 0, skipped: 2, failed: 2 })
    const known = record('C-1', { subject: 'Something else' })
    expect(await desk.report('application/json', JSON.stringify([known]))).toMatchObject({
      created: 0,
      skipped: 1,
    })
    const after = await desk.all()
    expect(after).toHaveLength(2)
    expect(after[0]).toMatchObject({ subject: 'Late, again', priority: 'low' })
  })

  it('makes one ticket of records that share an external id', async () => {
    const desk = await deskForImports()
    const twins = JSON.stringify(Array.from({ length: 40 }, (_, index) => record(`T-${index % 4}`)))
    expect(await desk.report('application/json', twins)).toMatchObject({ created: 4, skipped: 36 })
    expect(await desk.all()).toHaveLength(4)
  })

  it('tells the first hundred errors and counts them all', async () => {
    const desk = await deskForImports()
    const report = await desk.report('application/x-ndjson', 'oops\n'.repeat(250))
    expect(report.failed).toBe(250)
    expect(report.errors).toHaveLength(100)
  })

  it.each([
    ['is not in a format that it knows', 'text/xml', '<tickets/>', 415, 'import_format_unknown'],
    ['is not JSON at all', 'application/json', '[{]', 400, 'import_malformed'],
    ['is not an array', 'application/json', '{}', 422, 'import_malformed'],
    ['has other columns', 'text/csv', 'id,text\n1,Hello', 422, 'import_malformed'],
    ['is not UTF-8', 'text/csv', Uint8Array.of(0x63, 0xe9, 0x0a), 400, 'FREEDA_BODY_MALFORMED'],
    [
      'is too large',
      'application/x-ndjson',
      `${JSON.stringify(record('L-1'))}\n`.repeat(9),
      413,
      'FREEDA_BODY_TOO_LARGE',
    ],
  ])('refuses a file that %s, and imports nothing of it', async (_, type, body, status, code) => {
    const desk = await deskForImports({ imports: { maxBytes: 2_000 } })
    const response = await desk.post(type, body)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code })
    expect(await desk.all()).toEqual([])
  })

  it('takes a compressed file, within the same limit once it is unpacked', async () => {
    const desk = await deskForImports({ imports: { maxBytes: 2_000 } })
    const post = (text: string) =>
      desk.asStaff('/imports', {
        method: 'POST',
        headers: { 'content-type': 'text/csv', 'content-encoding': 'gzip' },
        body: gzipSync(text),
      })
    expect((await post('x'.repeat(2_001))).status).toBe(413)
    expect(await (await post(csv)).json()).toMatchObject({ format: 'csv', total: 4 })
    expect(await desk.all()).not.toEqual([])
  })
})
