import { beforeAll, describe, expect, test } from 'vitest'
import { pair, type Client, type TestDesk } from '../pair'
import { act, escalate, escalated, logged, newest, setConnection, type Pairing } from './story'

/** A picture of one dot. */
export const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

let acme: TestDesk
let skyline: TestDesk
let at: Pairing

beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  await setConnection(acme, { sync_attachments: true })
  await setConnection(skyline, { sync_attachments: true })
  at = await escalated(acme)
})

const upload = async (who: Client, filename: string, body: string): Promise<{ id: number }> => {
  const bytes = new TextEncoder().encode(body)
  const { body: made } = await who.ask<{ id: number }>(
    'PUT',
    `attachment/upload?${new URLSearchParams({ filename }).toString()}`,
    new Blob([bytes]).stream(),
    { 'content-length': String(bytes.byteLength), 'content-type': 'application/octet-stream' },
  )
  return { id: made.id }
}
const read = async (desk: TestDesk, id: number) =>
  (await desk.agent.ask('GET', `attachment/${id}`)).text

describe('G66 a file travels with the action that has it', () => {
  test('G66 R9 from the company to its supplier: same bytes, name and type, once', async () => {
    const file = await upload(acme.agent, 'log.txt', 'what happened')
    const sent = await act(acme, at.ours, 'Private note', 'See the log', { attachments: [file] })
    expect(sent.sync).toMatchObject({ state: 'synced' })
    expect(sent.attachments).toMatchObject([
      { filename: 'log.txt', sync: [{ state: 'sent', reason: null }] },
    ])
    const there = await newest(skyline, at.twin)
    expect(there.attachments).toMatchObject([
      {
        filename: 'log.txt',
        content_type: 'text/plain',
        filesize: 13,
        guid: sent.attachments[0]?.guid,
      },
    ])
    expect(await read(skyline, there.attachments[0]?.id ?? 0)).toBe('what happened')
  })

  test('G66 and from the supplier to its customer', async () => {
    const file = await upload(skyline.agent, 'fix.md', '# How to')
    await act(skyline, at.twin, 'Note', 'How to', { attachments: [file] })
    const here = await newest(acme, at.ours)
    expect(here.attachments).toMatchObject([{ filename: 'fix.md', content_type: 'text/markdown' }])
    expect(await read(acme, here.attachments[0]?.id ?? 0)).toBe('# How to')
  })

  test('G66 with the escalation itself, before the partner has a ticket', async () => {
    const { id } = await logged(acme)
    const file = await upload(acme.agent, 'first.txt', 'at once')
    const { sync } = await escalate(acme, id, { attachments: [file] })
    expect(sync).toMatchObject({ state: 'synced' })
    const there = await newest(skyline, sync?.remote_ticket_id ?? 0)
    expect(there.attachments.map(({ filename }) => filename)).toEqual(['first.txt'])
    expect(await read(skyline, there.attachments[0]?.id ?? 0)).toBe('at once')
  })
})
