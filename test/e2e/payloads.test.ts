import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { payloads } from '../worker/desk/payloads.ts'
import { openWorld, type Person, type World } from './world.ts'

/** Without the content security policy, so that cleaning alone has to hold. */
const BARE = { bypassCSP: true }
const A_TICKET = 40
const AT_ONCE = 20

let world: World
let pat: Person
let ana: Person
before(async () => {
  world = await openWorld()
  ;[pat, ana] = await Promise.all([
    world.person('acme', 'user', BARE),
    world.person('acme', 'agent', BARE),
  ])
})
after(() => world.close())

test('T14 of more than three hundred payloads none runs, and none calls elsewhere, for an agent and for an end user', async () => {
  const { origin } = new URL(world.url)
  const ran: string[] = []
  const elsewhere: string[] = []
  for (const { page } of [pat, ana]) {
    await page.exposeFunction('alert', (what: unknown) => void ran.push(String(what)))
    page.on('dialog', (dialog) => void ran.push(dialog.message()))
    page.on('popup', (popup) => void ran.push(popup.url()))
    page.on('request', (request) => {
      if (!request.url().startsWith(origin) && !/^(data|blob):/.test(request.url()))
        elsewhere.push(request.url())
    })
  }
  let shown = 0
  for (let from = 0; from < payloads.length; from += A_TICKET) {
    const some = payloads.slice(from, from + A_TICKET)
    const { id } = await pat.post('/api/tickets', { summary: `Payloads ${from}`, details: 'x' })
    const actions = some.map((note_html, at) => ({
      ticket_id: id,
      outcome: 'Public note',
      note_html: `<p>before ${from + at}</p>${note_html}`,
    }))
    for (let at = 0; at < actions.length; at += AT_ONCE)
      await ana.post('/api/actions', actions.slice(at, at + AT_ONCE))
    for (const [{ page, open }, path] of [
      [ana, `/tickets/${id}`],
      [pat, `/portal/tickets/${id}`],
    ] as const) {
      await open(path)
      await page.getByText(`before ${from + some.length - 1}`, { exact: true }).waitFor()
      shown += await page.getByText(/^before \d+$/).count()
      // What waits for a person: everything is pointed at, focused and opened once.
      await page.evaluate(() => {
        for (const one of document.querySelectorAll<HTMLElement>('.prose *')) {
          for (const kind of ['pointerenter', 'mouseover', 'focus', 'toggle'])
            one.dispatchEvent(new Event(kind, { bubbles: true }))
          one.focus()
        }
      })
    }
  }
  assert.deepEqual(ran, [])
  assert.deepEqual(elsewhere, [])
  assert.ok(shown > 2 * payloads.length - 40, `only ${shown} were shown`)
})
