import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Locator } from 'playwright-core'
import {
  entry,
  eventually,
  note,
  openAction,
  openWorld,
  type Id,
  type Person,
  type World,
} from './world.ts'

// Files in the forms and on the timeline, as people handle them.
let world: World
let ana: Person
let lena: Person
let ticketId = 0
let twinId = 0

before(async () => {
  world = await openWorld()
  ;[ana, lena] = await Promise.all([
    world.person('acme', 'agent'),
    world.person('skyline', 'agent'),
  ])
  const alex = await world.person('acme', 'admin')
  const [connection] = await alex.get<(Id & { supplier_id: number })[]>('/api/connection')
  await alex.post('/api/connection', { id: connection?.id, sync_attachments: true })
  const pat = await world.person('acme', 'user')
  const { id } = await pat.post('/api/tickets', [{ summary: 'Files', details: 'See them.' }])
  ticketId = id
  const sent = await ana.post<{ sync: { remote_ticket_id: number } }>('/api/actions', [
    {
      ticket_id: id,
      outcome: 'Escalate to MSP',
      supplier_id: connection?.supplier_id,
      note_html: '<p>Please look.</p>',
    },
  ])
  twinId = sent.sync.remote_ticket_id
})
after(() => world.close())

const text = (name: string, body: string) => ({
  name,
  mimeType: 'text/plain',
  buffer: Buffer.from(body),
})
const choose = (form: Locator, files: ReturnType<typeof text>[]) =>
  form.locator('input[type=file]').setInputFiles(files)
const uploaded = (form: Locator) =>
  eventually(async () => {
    assert.equal(await form.getByRole('progressbar').count(), 0)
    assert.equal(await form.getByRole('button', { name: / again$/ }).count(), 0)
  })
const line = (form: Locator, name: string) =>
  form.getByRole('group', { name: 'Files' }).getByRole('listitem').filter({ hasText: name })

test('G66 R9 files are uploaded while one writes, go with the action, and both timelines show them', async () => {
  await ana.open(`/tickets/${ticketId}`)
  const form = await openAction(ana.page, 'Private note')
  await note(form).fill('Two files')
  await choose(form, [text('one.txt', 'first'), text('empty.log', '')])
  await line(form, 'one.txt').getByText('5 bytes').waitFor()
  await line(form, 'empty.log').getByText('empty', { exact: true }).waitFor()
  await uploaded(form)
  await form.getByRole('button', { name: 'Save and send to Skyline' }).click()
  const made = entry(ana.page, 'Two files')
  await made.getByRole('link', { name: 'one.txt' }).waitFor()
  await made.getByText('· sent').first().waitFor()
  await lena.open(`/tickets/${twinId}`)
  const there = entry(lena.page, 'Two files')
  await there.getByRole('link', { name: 'one.txt' }).waitFor()
  await there.getByRole('link', { name: 'empty.log' }).waitFor()
})

test('R13 a file that is too large is refused before it is sent, in words; removed, the form goes on', async () => {
  await ana.open(`/tickets/${ticketId}`)
  const form = await openAction(ana.page, 'Private note')
  await note(form).fill('A film')
  let sent = 0
  ana.page.on('request', (request) => {
    if (request.url().includes('/attachment/upload')) sent++
  })
  const film = await ana.page.evaluateHandle(
    (size) => {
      const data = new DataTransfer()
      data.items.add(new File([new Uint8Array(size)], 'film.mov', { type: 'video/quicktime' }))
      return data
    },
    25 * 1024 * 1024 + 1,
  )
  await form.dispatchEvent('drop', { dataTransfer: film })
  await line(form, 'film.mov').getByText('Too large: a file may have at most 25 MB.').waitFor()
  assert.equal(sent, 0)
  await form.getByRole('button', { name: 'Remove film.mov' }).click()
  assert.equal(await line(form, 'film.mov').count(), 0)
  assert.match(await note(form).innerText(), /A film/)
})

test('an upload shows how far it is, can be cancelled, and tried again; what was typed stays', async () => {
  const { page } = ana
  await ana.open(`/tickets/${ticketId}`)
  const form = await openAction(page, 'Private note')
  await note(form).fill('Slow line')
  let block: () => void = () => undefined
  const blocked = new Promise<void>((resolve) => (block = resolve))
  await page.route('**/attachment/upload*', async (route) => {
    await blocked
    await route.abort()
  })
  await choose(form, [text('slow.txt', 'slow'), text('other.txt', 'other')])
  await line(form, 'slow.txt').getByRole('progressbar').waitFor()
  await form.getByRole('button', { name: 'Save and send to Skyline' }).click()
  await form.getByText('Wait until every file is uploaded, or remove it.').waitFor()
  await form.getByRole('button', { name: 'Cancel other.txt' }).click()
  await eventually(async () => assert.equal(await line(form, 'other.txt').count(), 0))
  block()
  await form.getByRole('button', { name: 'Upload slow.txt again' }).waitFor()
  await page.unroute('**/attachment/upload*')
  await form.getByRole('button', { name: 'Upload slow.txt again' }).click()
  await uploaded(form)
  assert.match(await note(form).innerText(), /Slow line/)
  await form.getByRole('button', { name: 'Save and send to Skyline' }).click()
  await entry(page, 'Slow line').getByRole('link', { name: 'slow.txt' }).waitFor()
  ana.faults.length = 0 // the request that was cut
})

test('files can be dropped on the form and pasted into it', async () => {
  const { page } = ana
  await ana.open(`/tickets/${ticketId}`)
  const form = await openAction(page, 'Private note')
  for (const [kind, name] of [
    ['drop', 'dropped.txt'],
    ['paste', 'pasted.txt'],
  ] as const) {
    const transfer = await page.evaluateHandle((filename) => {
      const data = new DataTransfer()
      data.items.add(new File(['x'], filename, { type: 'text/plain' }))
      return data
    }, name)
    if (kind === 'drop') await form.dispatchEvent('drop', { dataTransfer: transfer })
    else
      await note(form).evaluate(
        (element, data) =>
          element.dispatchEvent(
            new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
          ),
        transfer,
      )
    await line(form, name).waitFor()
  }
})

test('G64 G65 where an admin has switched it off, files stay, and the action says so, and where to change it', async () => {
  const boss = await world.person('skyline', 'admin')
  const [connection] = await boss.get<Id[]>('/api/connection')
  await boss.open(`/config/connections/${connection?.id}`)
  const setting = boss.page.getByRole('switch', { name: 'Sync attachments' })
  await setting.focus()
  await boss.page.keyboard.press('Space')
  await eventually(async () => {
    const [now] = await boss.get<{ sync_attachments: boolean }[]>('/api/connection')
    assert.equal(now?.sync_attachments, false)
  })
  assert.equal(await setting.isChecked(), false)
  await lena.open(`/tickets/${twinId}`)
  const form = await openAction(lena.page, 'Note')
  await note(form).fill('Stays with us')
  await choose(form, [text('ours.txt', 'ours')])
  await uploaded(form)
  await form.getByRole('button', { name: 'Save and send to Acme' }).click()
  const made = entry(lena.page, 'Stays with us')
  await made.getByText('· stays here').waitFor()
  await made.getByText('ours.txt was not sent: Files stay on this desk').waitFor()
})

test('on a phone and in the dark nothing runs out of the page', async () => {
  for (const options of [
    { viewport: { width: 360, height: 740 } },
    { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' as const },
  ]) {
    const person = await world.person('skyline', 'agent', options)
    await person.open(`/tickets/${twinId}`)
    await entry(person.page, 'Stays with us').waitFor()
    const over = () =>
      person.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
    assert.equal(await over(), 0)
    const form = await openAction(person.page, 'Note')
    const name = `${'a-very-long-name-'.repeat(8)}.txt`
    await choose(form, [text(name, 'x')])
    await uploaded(form)
    assert.equal(await over(), 0)
    const [{ width } = { width: 0 }] = await form.evaluateAll((all) =>
      all.map((one) => ({ width: one.getBoundingClientRect().right })),
    )
    assert.ok(width <= options.viewport.width, `the form ends at ${width}`)
    await person.page.context().close()
  }
  assert.deepEqual([...ana.faults, ...lena.faults], [])
})
