import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { serve, type DemoInstance, type Deployment } from '../../scripts/serve.mjs'
import { eventually } from './world.ts'

const SAVES = 60
const folder = mkdtempSync(join(tmpdir(), 'baton-disconnect-'))
let deployment: Deployment
before(async () => {
  deployment = await serve({ port: 0, data: join(folder, 'data'), sweep: false, cost: false })
})
after(async () => {
  await deployment.stop()
  rmSync(folder, { recursive: true, force: true })
})

interface Repeatable {
  key: string
  signal: AbortSignal | null
}
interface Desk {
  ask: (method: string, path: string, body?: object, more?: Repeatable) => Promise<Response>
  get: <T>(path: string) => Promise<T>
}
async function deskOf(slug: string): Promise<Desk> {
  const found = deployment.demo?.instances[slug]
  assert.ok(found)
  const { url, api }: DemoInstance = found
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...api })
  const { access_token: token } = await (
    await fetch(`${url}/auth/token`, { method: 'POST', body: form })
  ).json()
  const ask: Desk['ask'] = (method, path, body, more) =>
    fetch(`${url}/api/${path}`, {
      method,
      signal: more?.signal ?? null,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...(more && { 'idempotency-key': more.key }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
  return { ask, get: async (path) => (await ask('GET', path)).json() }
}
const notesAt = async (desk: Desk, ticketId: number): Promise<string[]> => {
  const { actions } = await desk.get<{ actions: { note: string }[] }>(
    `actions?ticket_id=${ticketId}&count=1000`,
  )
  return actions.flatMap(({ note }) => /gone \d+ /.exec(note)?.[0].trim() ?? []).toSorted()
}

test('F10 Q1 Q2 whoever goes away in the middle of a save and comes back has saved once, and it travels once', async (t) => {
  const [acme, skyline] = [await deskOf('acme'), await deskOf('skyline')]
  const ticket = await (
    await acme.ask('POST', 'tickets', { summary: 'Hung up', details: 'In the middle' })
  ).json()
  const [supplier] = (await acme.get<{ suppliers: { id: number }[] }>('supplier')).suppliers
  await acme.ask('POST', 'actions', {
    ticket_id: ticket.id,
    outcome: 'Escalate to MSP',
    supplier_id: supplier?.id,
    note_html: 'Please look',
  })
  const { links } = await acme.get<{ links: { remote_ticket_id: number }[] }>(
    `tickets/${ticket.id}`,
  )
  const twin = links[0]?.remote_ticket_id ?? 0
  assert.ok(twin > 0)

  let cut = 0
  const save = (n: number, key: string, signal: AbortSignal | null = null) =>
    acme.ask(
      'POST',
      'actions',
      { ticket_id: ticket.id, outcome: 'Private note', note_html: `gone ${n} away` },
      { key, signal },
    )
  for (let n = 0; n < SAVES; n++) {
    const key = randomUUID()
    const gone = new AbortController()
    const waiting = save(n, key, gone.signal).then(
      (answer) => answer.status,
      () => 0,
    )
    await sleep((n * 7) % 40) // from before the batch to after the answer
    gone.abort()
    if ((await waiting) === 0) cut++
    assert.equal((await save(n, key)).status, 201)
  }
  t.diagnostic(`F10 ${cut} of ${SAVES} saves were cut off`)
  assert.ok(cut > SAVES / 10, `only ${cut} saves were cut off`)

  const whole = Array.from({ length: SAVES }, (_, n) => `gone ${n}`).toSorted()
  assert.deepEqual(await notesAt(acme, ticket.id), whole)
  await eventually(async () => assert.deepEqual(await notesAt(skyline, twin), whole), 60_000)
})
