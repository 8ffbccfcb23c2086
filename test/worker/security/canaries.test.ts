import { beforeAll, describe, expect, test } from 'vitest'
import { app } from '../../../worker/app'
import { operationsOf } from '../../../worker/api/openapi'
import { pair, settle, type Client, type TestDesk } from '../pair'
import { holderOf } from '../sync/partner'
import { act, escalated, logged } from '../sync/story'
import type { Wire } from '../wire'

let acme: TestDesk
let skyline: TestDesk
let ours: number
let foreign: number
beforeAll(async () => {
  ;({ acme, skyline } = await pair())
  ;({ ours } = await escalated(acme, { summary: 'Own printer' }))
  await act(acme, ours, 'Internal note', 'CANARYHIDDEN', {
    attachments: [{ filename: 'CANARYFILE.txt', data_base64: btoa('CANARYBYTES') }],
    team: 'Infrastructure',
    agent_id: 3,
  })
  await act(acme, ours, 'Public note', 'Seen by the user.')
  const other = await acme.agent.post<Wire.Ticket>('tickets', [
    { summary: 'CANARYOTHER of a colleague', details: 'CANARYOTHER text' },
  ])
  foreign = other.id
  await logged(skyline, { summary: 'CANARYSKYLINE', details: 'CANARYSKYLINE text' })
})

const found = async (who: Client, typed: string) => {
  const reply = await who.ask<{ record_count: number; has_more: boolean }>(
    'GET',
    `tickets?search=${encodeURIComponent(typed)}`,
  )
  expect(reply.status, `${typed} ${reply.text}`).toBe(200)
  expect(reply.text.replaceAll(typed, '')).not.toContain('CANARYSKYLINE')
  return reply.body.record_count
}

describe('T3: search', () => {
  test('finds nothing of another desk, not even how much there is', async () => {
    for (const who of [acme.admin, acme.agent, acme.user]) {
      expect(await found(who, 'CANARYSKYLINE')).toBe(0)
      expect(await found(who, 'CANARYSKY')).toBe(0)
    }
    expect(await found(skyline.agent, 'CANARYHIDDEN')).toBe(0)
  })

  test('no word of a search is read as syntax that leads elsewhere', async () => {
    const other = `t${skyline.t}`
    for (const typed of [
      `x" OR scope : "${other}`,
      `x") OR scope:("${other}`,
      `scope:${other}`,
      other,
      `p${skyline.t} CANARYSKYLINE`,
      `NOT x`,
      `x OR CANARYSKYLINE`,
      `CANARYSKYLINE* `,
      `{scope words} : ${other}`,
      `^CANARYSKYLINE`,
      `NEAR(CANARYSKYLINE ${other})`,
      `' or 1=1 --`,
      '"',
      '""""',
      '*',
      '\u0000CANARYSKYLINE',
    ])
      expect(await found(acme.agent, typed), typed).toBe(0)
  })

  test('finds for an end user only their own tickets, and only by what they may read', async () => {
    expect(await found(acme.user, 'printer')).toBeGreaterThan(0)
    for (const hidden of ['CANARYHIDDEN', 'CANARYOTHER', 'colleague', 'spooler'])
      expect(await found(acme.user, hidden), hidden).toBe(0)
    expect(await found(acme.agent, 'CANARYHIDDEN')).toBe(1)
    expect(await found(acme.user, String(foreign))).toBe(0)
  })
})

/** What nobody but the desk's own agents may read of it. */
const SECRETS =
  /CANARY|@acme\.example.*agent|ana@acme|admin@acme|Infrastructure|"supplier_name":"[^"]/

describe('T10: what leaves for whom', () => {
  const reads = operationsOf(app.routes).filter(({ method }) => method === 'GET')
  const at = (path: string, id: number) =>
    `${path.replace('/:slug/api/', '').replace(/:\w+(\{[^}]*\})?/, String(id))}?ticket_id=${ours}&includedetails=true`
  const ofUser = reads.filter(
    ({ path, who }) => path.startsWith('/:slug/api/') && who?.includes('user'),
  )

  test.each(ofUser.map(({ path }) => path))('an end user at GET %s', async (path) => {
    for (const id of path.includes(':id') ? [1, 2, 3, 4, 5, ours, foreign] : [0]) {
      const { text } = await acme.user.ask('GET', at(path, id))
      expect(text.replaceAll(acme.demo.user.email, '')).not.toMatch(SECRETS)
    }
  })

  test('an end user reads of a ticket and its timeline nothing of partners, mails, teams and agents', async () => {
    const { ours: id, twin } = await escalated(acme, { summary: 'Shared printer' })
    await act(skyline, twin, 'Indirect email to end user', 'CANARYPARTNER said so.')
    await settle()
    await acme.agent.post('tickets', [{ id, priority_id: 2, agent_id: 3, team: 'Infrastructure' }])
    const seen = async (who: Client) => ({
      ticket: await who.get<Wire.Ticket>(`tickets/${id}?includedetails=true`),
      actions: (await who.get<{ actions: Wire.Action[] }>(`actions?ticket_id=${id}`)).actions,
    })
    const nothing = {
      who_agentid: 0,
      partner: null,
      changes: [],
      emailto: null,
      emailfrom: null,
      emailsubject: null,
      email_html: null,
      email_state: null,
      sync: null,
      hiddenfromuser: false,
    }
    const byAgent = await seen(acme.agent)
    for (const [name, value] of Object.entries(nothing))
      expect(
        byAgent.actions.map((one) => Object.entries(one).find(([key]) => key === name)?.[1]),
        `an agent sees ${name}`,
      ).not.toEqual(byAgent.actions.map(() => value))
    const byUser = await seen(acme.user)
    expect(byUser.actions.length).toBeGreaterThan(1)
    for (const one of byUser.actions) expect(one).toMatchObject(nothing)
    const hidden = { agent_name: '', team: '', team_id: 0, links: [], sync: null }
    expect(byAgent.ticket).not.toMatchObject(hidden)
    expect(byUser.ticket).toMatchObject(hidden)
  })

  test('a partner, whatever it asks and whatever it is answered', async () => {
    const partner = await holderOf(acme, skyline)
    const ofPartner = reads.filter(
      ({ path, who }) =>
        path.startsWith('/:slug/api/') &&
        who?.some((one) => one === 'connection' || one === 'anyone'),
    )
    expect(ofPartner.length).toBeGreaterThan(4)
    for (const { path } of ofPartner) {
      const { text } = await partner.ask('GET', at(path, ours))
      expect(text, path).not.toMatch(/CANARY/)
      if (!path.endsWith('/agents')) expect(text, path).not.toMatch(/@acme\.example/)
    }
  })

  test('what reached the partner\u2019s desk is what was sent there, and no address of an end user', async () => {
    const all = await Promise.all(
      ['tickets?search=printer', 'users?search=a', 'mail'].map((path) =>
        skyline.boss.ask('GET', path),
      ),
    )
    for (const { text } of all) {
      expect(text).not.toMatch(/CANARYHIDDEN|CANARYFILE|CANARYOTHER/)
      expect(text).not.toContain(acme.demo.user.email)
    }
  })
})

test('T9: what a partner reads of the configuration holds nothing hidden, no template, no prompt, no address', async () => {
  const { t } = acme
  const set = (sql: string) => acme.db.d1.prepare(sql).bind(t)
  const partner = await holderOf(acme, skyline)
  const read = async () => (await partner.ask('GET', 'connection/schema')).text
  const before = await read()
  await acme.db.d1.batch([
    set(
      "update email_template set name = 'CANARYT', subject = 'CANARYT', body_html = 'CANARYT' where t = ?",
    ),
    set("update action_type set ai_prompt = 'CANARYPROMPT', icon = 'CANARYICON' where t = ?"),
    set("update field set hint = 'CANARYHINT' where t = ?"),
    set("update ticket_type set description = 'CANARYTYPE' where t = ?"),
    set("update workflow set name = 'CANARYWORKFLOW' where t = ?"),
    set("update team set name = 'CANARYTEAM' || id where t = ?"),
    ...['status', 'priority', 'category', 'ticket_type', 'action_type', 'field_option'].map(
      (table) =>
        set(
          `update ${table} set name = 'CANARYOLD', inactive = 1 where t = ? and id = (select max(id) from ${table} where t = ${t})`,
        ),
    ),
  ])
  const text = await read()
  expect(text).not.toMatch(/CANARY|@acme|@skyline/)
  expect(text).not.toBe(before) // what went out of use is gone
  expect(text.length).toBeGreaterThan(before.length / 2)
})
