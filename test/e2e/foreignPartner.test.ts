import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { serveStub, type Served } from '../stub-partner/serve.ts'
import { look } from './look.ts'
import { openWorld, type Person, type World } from './world.ts'

let world: World
let cables: Served
let admin: Person
let agent: Person
let ticket: number

before(async () => {
  world = await openWorld()
  cables = await serveStub({ dialect: 'halo', tenantId: 'cables', name: 'Cables' })
  admin = await world.person('acme', 'admin')
  agent = await world.person('acme', 'agent')
  const { id: supplier } = await admin.post('/api/supplier', { name: 'Cables' })
  const connection = await admin.post('/api/connection', {
    supplier_id: supplier,
    allow_access: true,
    partner: {
      auth_url: `${cables.origin}/auth`,
      resource_url: `${cables.origin}/api`,
      tenant_id: 'cables',
      client_id: 'id',
      client_secret: 'word',
    },
  })
  await admin.post(`/api/connection/${connection.id}/authenticate`, {})
  ;({ id: ticket } = await agent.post('/api/tickets', [{ summary: 'No link light', details: 'x' }]))
  const say = (outcome: string, note: string, more: object = {}) =>
    agent.post('/api/actions', [
      { ticket_id: ticket, outcome, note_html: `<p>${note}</p>`, ...more },
    ])
  await say('Escalate to MSP', 'Please look.', { supplier_id: supplier })
  await say('Private note', 'Is the new cable there?')
})
after(async () => {
  await world.close()
  await cables.stop()
})

test('R10 a note of which nobody knows whether it arrived says so and offers to check; the check settles it', async () => {
  await world.unsure('acme', ticket)
  const { page } = agent
  await agent.open(`/tickets/${ticket}`)
  await page.getByText('It is not known whether Cables has this.').waitFor()
  await page.getByRole('button', { name: 'Send again: Private note' }).waitFor()
  const check = page.getByRole('button', { name: 'Check whether Private note arrived' })
  await check.scrollIntoViewIfNeeded()
  await look(page, 'not-known')
  await check.click()
  await page
    .getByText(/Sent to Cables/)
    .last()
    .waitFor()
  await check.waitFor({ state: 'detached' })
  const sent = cables.stub.messages().filter(({ kind }) => kind === 'action')
  assert.equal(sent.length, 1)
  assert.deepEqual(agent.faults, [])
})
