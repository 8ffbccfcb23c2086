import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { look } from './look.ts'
import { openWorld, type Id, type Person, type World } from './world.ts'

// What became of each part of a message, where people read it: at the sender, at who got it, and at the admin who can mend it.
let world: World
let ana: Person
let sora: Person
let ticketId = 0
let twinId = 0

before(async () => {
  world = await openWorld()
  ;[ana, sora] = await Promise.all([
    world.person('acme', 'agent'),
    world.person('skyline', 'admin'),
  ])
  const [supplier] = (await ana.get<{ suppliers: Id[] }>('/api/supplier')).suppliers
  const pat = await world.person('acme', 'user')
  ticketId = (await pat.post('/api/tickets', [{ summary: 'Parts', details: 'See them.' }])).id
  const sent = await ana.post<{ sync: { remote_ticket_id: number } }>('/api/actions', [
    {
      ticket_id: ticketId,
      outcome: 'Escalate to MSP',
      supplier_id: supplier?.id,
      note_html: '<p>Please look.</p>',
    },
  ])
  twinId = sent.sync.remote_ticket_id
  // Nothing of Acme's statuses is mapped any more.
  const [connection] = await sora.get<Id[]>('/api/connection')
  const path = `/api/connection/${connection?.id}/mappings`
  const { mappings } = await sora.get<{ mappings: { kind: string }[] }>(path)
  await sora.put(path, { mappings: mappings.filter(({ kind }) => kind !== 'status') })
  const statuses = await ana.get<(Id & { name: string })[]>('/api/status')
  await ana.post('/api/actions', [
    {
      ticket_id: ticketId,
      outcome: 'Private note',
      note_html: '<p>Part by part.</p>',
      new_status: statuses.find(({ name }) => name === 'On hold')?.id,
      customfields: [{ name: 'CFimpact', value: 'Low' }],
    },
  ])
})
after(() => world.close())

test('f01 both desks read on the action what was taken and what was not; the admin there finds the way to the setting', async () => {
  await ana.open(`/tickets/${ticketId}`)
  const ours = ana.page.locator('article', { hasText: 'Part by part.' })
  await ours.getByText('Status unchanged: “On hold” is not mapped.').waitFor()
  await ours.getByText(/In the receiving instance: open the connection/).waitFor()
  assert.equal(await ours.getByText('Open the connection to').count(), 0)
  await ours.locator('summary').first().click()
  await ours.getByText('Note · Impact: Low').waitFor()
  await look(ana.page, 'parts-sender')

  await sora.open(`/tickets/${twinId}`)
  const theirs = sora.page.locator('article', { hasText: 'Part by part.' })
  await theirs.getByText('Status unchanged: “On hold” is not mapped.').waitFor()
  await theirs.getByRole('link', { name: 'Open the connection to Acme' }).click()
  await sora.page.getByRole('heading', { name: /Acme/ }).first().waitFor()
  await look(sora.page, 'parts-connection')
})
