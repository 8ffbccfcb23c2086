import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  described,
  entry,
  eventually,
  isFocused,
  note,
  openAction,
  openWorld,
  signIn,
  type Id,
  type Person,
  type World,
} from './world.ts'

let world: World
let pat: Person
let ana: Person
let lena: Person
before(async () => {
  world = await openWorld()
  ;[pat, ana, lena] = await Promise.all([
    world.person('acme', 'user'),
    world.person('acme', 'agent'),
    world.person('skyline', 'agent'),
  ])
})
after(() => world.close())

const logged = (summary: string) => pat.post('/api/tickets', { summary, details: 'It is broken.' })
type Named = Id & { name: string }

/** A ticket of Acme's that stands at Skyline too; the number is Skyline's. */
async function escalated(summary: string): Promise<number> {
  const { id } = await logged(summary)
  const [supplier] = (await ana.get<{ suppliers: Named[] }>('/api/supplier')).suppliers
  const sent = await ana.post<{ sync: { remote_ticket_id: number } }>('/api/actions', {
    ticket_id: id,
    outcome: 'Escalate to MSP',
    supplier_id: supplier?.id,
    note_html: '<p>Please look.</p>',
  })
  return sent.sync.remote_ticket_id
}

test('a subject that is missing is named and focused, and the rest of what was typed stays', async () => {
  const { page } = pat
  await pat.open('/portal/new')
  await page.getByLabel('What happened?').fill('It smells of smoke.')
  await page.getByRole('button', { name: 'Send' }).click()
  const subject = page.getByLabel('Subject')
  await page.getByText('Subject is needed.').waitFor()
  assert.match(await described(subject), /Subject is needed\./)
  await eventually(async () => assert.ok(await isFocused(subject)))
  assert.equal(await page.getByLabel('What happened?').inputValue(), 'It smells of smoke.')
})

test('a required field of an action is named and focused, and the note stays', async () => {
  const { page } = ana
  await ana.open(`/tickets/${(await logged('Printer jams')).id}`)
  const form = await openAction(page, 'Escalate to MSP')
  await note(form).fill('Two pages at once.')
  await form.getByRole('button', { name: 'Send to supplier' }).click()
  const supplier = form.getByRole('combobox', { name: 'Supplier' })
  await form.getByText('Supplier is needed.').waitFor()
  assert.match(await described(supplier), /Supplier is needed\./)
  await eventually(async () => assert.ok(await isFocused(supplier)))
  assert.equal(await note(form).innerText(), 'Two pages at once.')

  await supplier.selectOption({ label: 'Skyline' })
  await note(form).fill('')
  await form.getByRole('button', { name: 'Cancel' }).click()
  const other = await openAction(page, 'Private note')
  await other.getByRole('button', { name: /^Save/ }).click()
  await other.getByText('Note is needed.').waitFor()
  await eventually(async () => assert.ok(await isFocused(note(other))))
})

test('G123 a supplier ref that was typed is refused at its field in the guide’s words, and the text stays', async () => {
  const { page } = ana
  const { id } = await logged('Printer hums')
  await ana.open(`/tickets/${id}`)
  const form = await openAction(page, 'Escalate to MSP')
  const ref = form.getByLabel('Supplier ref')
  await form.getByRole('combobox', { name: 'Supplier' }).selectOption({ label: 'Skyline' })
  await ref.fill('4711')
  await note(form).fill('A low hum.')
  await form.getByRole('button', { name: 'Send ticket to Skyline' }).click()
  await form.getByText('An action must be associated with a ticket_id').first().waitFor()
  assert.match(await described(ref), /An action must be associated with a ticket_id.*Clear/)
  await eventually(async () => assert.ok(await isFocused(ref)))
  assert.equal(await note(form).innerText(), 'A low hum.')

  await ref.fill('')
  await form.getByRole('button', { name: 'Send ticket to Skyline' }).click()
  await entry(page, 'A low hum.').filter({ hasText: 'Synced' }).waitFor()
})

test('G121 a mapped action that the workflow does not allow fails in the guide’s words with both cures, and Retry works after each', async () => {
  const { page } = lena
  const admin = await world.person('acme', 'admin')
  const putBack = await world.offWorkflow('acme', 'Internal update')
  const [connection] = await admin.get<Id[]>('/api/connection')
  assert.ok(connection)
  const mappings = `/api/connection/${connection.id}/mappings`
  type Mapping = { kind: string; remote_name: string; local_id: number }
  const { mappings: before } = await admin.get<{ mappings: Mapping[] }>(mappings)
  const outcomes = await admin.get<(Id & { outcome: string })[]>('/api/outcome')
  const internalNote = outcomes.find(({ outcome }) => outcome === 'Internal note')?.id
  assert.ok(internalNote)

  await lena.open(`/tickets/${await escalated('Scanner is dark')}`)
  const refused = async (text: string) => {
    const form = await openAction(page, 'Note')
    await note(form).fill(text)
    await form.getByRole('button', { name: 'Save and send to Acme' }).click()
    const failed = entry(page, text).filter({ hasText: 'Failed' })
    await failed
      .getByText(
        "Failed to update ticket in Client's Instance - BadRequest - You do not have access to this action at the moment",
        { exact: true },
      )
      .waitFor()
    const words = await failed.innerText()
    assert.match(words, /map “Note” to an action that the ticket’s workflow allows/)
    assert.match(words, /or add “Internal update” to the workflow of the ticket/)
    return failed.getByRole('button', { name: 'Retry Note' })
  }

  const first = await refused('The lamp is out.')
  await admin.put(mappings, {
    mappings: before.map((one) =>
      one.kind === 'outcome' && one.remote_name === 'Note'
        ? { ...one, local_id: internalNote }
        : one,
    ),
  })
  await first.click()
  await entry(page, 'The lamp is out.').filter({ hasText: 'Synced' }).waitFor()

  await admin.put(mappings, { mappings: before })
  const second = await refused('A new lamp is ordered.')
  await putBack()
  await second.click()
  await entry(page, 'A new lamp is ordered.').filter({ hasText: 'Synced' }).waitFor()
})

test('a server that dies while saving loses nothing: the text stays, and one press more saves it once', async () => {
  const { page } = ana
  const { id } = await logged('Plotter is slow')
  await ana.open(`/tickets/${id}`)
  const form = await openAction(page, 'Public note')
  await note(form).fill('Ten minutes for a page.')
  const save = form.getByRole('button', { name: 'Save' })
  const failed = async () => {
    await form.getByText('No connection to the desk.').waitFor()
    await form.getByText('Check your network. What you typed is kept.').waitFor()
    assert.equal(await note(form).innerText(), 'Ten minutes for a page.')
  }

  await world.stop()
  await save.click()
  await failed()
  await world.start()

  // It is written, and the answer never comes: only the key of the call can tell that it is there.
  await page.route('**/api/actions', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback()
    await route.fetch()
    await world.stop()
    await route.abort()
  })
  await save.click()
  await failed()
  await page.unrouteAll()
  await world.start()

  await save.click()
  await form.waitFor({ state: 'detached' })
  await entry(page, 'Ten minutes for a page.').waitFor()
  const { actions } = await ana.get<{ actions: { note: string }[] }>(`/api/actions?ticket_id=${id}`)
  assert.equal(actions.filter((one) => one.note === 'Ten minutes for a page.').length, 1)
})

test('a wrong password says so and keeps the address; too many say how long to wait', async () => {
  const { page, open, desk } = await world.stranger('skyline')
  await open('/sign-in')
  const { email } = desk.user
  const alert = page.getByRole('alert')
  await signIn(page, { email, password: 'not this one' })
  await alert.getByText('Email or password is not right.').waitFor()
  assert.equal(await page.getByLabel('Email').inputValue(), email)
  await eventually(async () =>
    assert.ok(await isFocused(page.getByLabel('Password', { exact: true }))),
  )
  await eventually(async () => {
    await page.getByRole('button', { name: 'Sign in' }).click()
    assert.match(await alert.innerText(), /Too many tries\. Try again in 15 minutes\./)
  })
})

test('a session that ended leads to the sign-in page and back to the same ticket, form and text', async () => {
  const { page, open, desk } = await world.stranger('acme')
  const { id } = await logged('Fax is silent')
  await open(`/tickets/${id}`)
  await signIn(page, desk.agent)
  const form = await openAction(page, 'Internal note')
  await note(form).fill('No dial tone.')
  await page.context().clearCookies()
  await form.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Sign in to Acme' }).waitFor()
  await signIn(page, desk.agent)
  await page.getByRole('heading', { name: 'Fax is silent' }).waitFor()
  assert.equal(new URL(page.url()).pathname, `/acme/tickets/${id}`)
  const again = page.getByRole('form', { name: 'Internal note' })
  assert.equal(await note(again).innerText(), 'No dial tone.')
  await again.getByRole('button', { name: 'Save' }).click()
  await entry(page, 'No dial tone.').waitFor()
})
