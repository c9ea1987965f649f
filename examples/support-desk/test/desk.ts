/** The whole app without a socket, in memory or on DynamoDB, as every test here uses it. */
import { testApp, type TestAppOptions, type TestRequest } from '@freeda/runtime/testing'
import { onTestFinished } from 'vitest'
import { quickStore } from '../../../test/support/store.ts'
import { analysis } from '../src/analysis/plugin.ts'
import { imports } from '../src/imports/plugin.ts'
import { feed, live } from '../src/live/plugin.ts'
import { staff } from '../src/staff/plugin.ts'
import { statistics } from '../src/statistics/plugin.ts'
import type { NewTicket } from '../src/tickets/requests.ts'
import { tickets } from '../src/tickets/plugin.ts'
import { PublicTicket, StaffTicket } from '../src/tickets/views.ts'

export const staffToken = 'a-token-for-the-tests'

export interface DeskOptions extends Pick<TestAppOptions, 'override'> {
  readonly tickets?: Parameters<typeof tickets>[0]
  readonly imports?: Parameters<typeof imports>[0]
  readonly statistics?: Parameters<typeof statistics>[0]
}

export async function openDesk(options: DeskOptions = {}) {
  const app = await testApp({
    plugins: [
      ...quickStore(),
      analysis(),
      staff({ token: staffToken }),
      tickets(options.tickets),
      imports(options.imports),
      feed(),
      live(),
      statistics(options.statistics),
    ],
    override: options.override ?? [],
  })
  onTestFinished(() => app.stop())

  const asCustomer = (path: string, request?: TestRequest) => app.request(path, request)
  const asStaff = (path: string, request: TestRequest = {}) =>
    app.request(path, {
      ...request,
      headers: { authorization: `Bearer ${staffToken}`, ...request.headers },
    })
  /** Opens a ticket and gives its id. */
  const open = async (request: Partial<NewTicket> = {}) => {
    const response = await asCustomer('/tickets', { method: 'POST', json: { ...newTicket, ...request } })
    return PublicTicket.parse(await response.json()).id
  }
  const change = (id: string, json: unknown) => asStaff(`/staff/tickets/${id}`, { method: 'PATCH', json })
  const look = async (id: string) => StaffTicket.parse(await (await asStaff(`/staff/tickets/${id}`)).json())
  return { app, asCustomer, asStaff, open, change, look }
}

export const newTicket: NewTicket = {
  channel: 'email',
  subject: 'Where is my lamp?',
  text: 'Hello, my parcel has not arrived. Could you have a look?',
  customer: { name: 'Niamh Brennan', email: 'niamh.brennan@example.com' },
}
