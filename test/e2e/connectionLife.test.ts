import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { look } from './look.ts'
import { openWorld, type Person, type World } from './world.ts'

// An admin pauses, resumes and ends a connection, and sees before each step what it means.
let world: World
let alex: Person
let ana: Person
let dana: Person
before(async () => {
  world = await openWorld()
  const still = { reducedMotion: 'reduce' } as const
  ;[alex, ana, dana] = await Promise.all([
    world.person('acme', 'admin', still),
    world.person('acme', 'agent', still),
    world.person('skyline', 'admin', still),
  ])
})
after(() => world.close())

const quiet = ({ faults }: Person) => assert.deepEqual(faults, [])
const button = ({ page }: Person, name: string | RegExp) => page.getByRole('button', { name })

async function openConnection(person: Person, partner: string): Promise<void> {
  await person.open('/config/connections')
  await person.page.getByRole('link', { name: partner }).first().click()
  await person.page.getByRole('heading', { name: `Connection with ${partner}` }).waitFor()
  await person.page.waitForFunction(() => document.querySelector('.bone') === null)
}

let ticketId = 0
test('R17 pause says what it does, what waits is counted, and Resume sends it; all by the keyboard', async () => {
  const [supplier] = (await ana.get<{ suppliers: { id: number }[] }>('/api/supplier')).suppliers
  const logged = await ana.post('/api/tickets', [{ summary: 'The door is stuck' }])
  ticketId = logged.id
  await ana.post('/api/actions', [
    {
      ticket_id: ticketId,
      outcome: 'Escalate to MSP',
      note: 'Please look.',
      supplier_id: supplier?.id,
    },
  ])
  await openConnection(alex, 'Skyline')
  await button(alex, 'Pause…').focus()
  await alex.page.keyboard.press('Enter')
  await alex.page.getByRole('dialog').getByText('Nothing is lost.').waitFor()
  await look(alex.page, 'connection-pause')
  await alex.page.keyboard.press('Escape')
  await alex.page.getByRole('dialog').waitFor({ state: 'detached' })
  await button(alex, 'Pause…').press('Enter')
  await button(alex, 'Pause').last().press('Enter')
  await button(alex, 'Resume').waitFor()
  for (const note of ['First', 'Second'])
    await ana.post('/api/actions', [{ ticket_id: ticketId, outcome: 'Private note', note }])
  await openConnection(alex, 'Skyline')
  await alex.page.getByText('The oldest was saved').waitFor()
  await look(alex.page, 'connection-paused')
  await button(alex, 'Resume').press('Enter')
  await button(alex, 'Pause…').waitFor()
  quiet(alex)
})

test('F27 a new secret is shown once, and the old one stays good for as long as was chosen', async () => {
  await openConnection(alex, 'Skyline')
  await button(alex, 'New secret…').click()
  await alex.page.getByLabel('The old secret').selectOption('0')
  await alex.page.getByText('Until Skyline has entered the new one').waitFor()
  await alex.page.getByLabel('The old secret').selectOption('24')
  await look(alex.page, 'connection-rotate')
  await button(alex, 'Make a new secret').click()
  await alex.page.getByText('it is shown only once').waitFor()
  await look(alex.page, 'connection-secret')
  await button(alex, 'I have copied it').click()
  await alex.page.getByRole('dialog').waitFor({ state: 'detached' })
  quiet(alex)
})

test('F28 the end says what it means; both desks then say who ended it', async () => {
  await openConnection(alex, 'Skyline')
  await button(alex, 'End…').click()
  await alex.page.getByText('This cannot be undone').waitFor()
  await look(alex.page, 'connection-end')
  await button(alex, 'End connection').click()
  await alex.page.getByText('has ended this connection').first().waitFor()
  await look(alex.page, 'connection-ended')
  await ana.open(`/tickets/${ticketId}`)
  await ana.page.getByText('ended the connection').first().waitFor()
  await look(ana.page, 'ticket-ended')
  await openConnection(dana, 'Acme')
  await dana.page.getByText('has ended this connection').first().waitFor()
  await dana.open('/config/connections')
  await dana.page.getByText('has ended this connection').first().waitFor()
  await look(dana.page, 'connections-ended')
  quiet(alex)
  quiet(dana)
})
