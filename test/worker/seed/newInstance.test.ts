import { env } from 'cloudflare:test'
import { and, eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import {
  account,
  actionType,
  actionTypeField,
  audit,
  emailTemplate,
  field,
  lookup,
  membership,
  module,
  stepAction,
} from '../../../db/schema'
import { defaults } from '../../../db/seed/defaults'
import { newInstance } from '../../../worker/desk/newInstance'
import { idOf, nextId } from '../../../worker/platform/counter'
import { cost } from '../../../worker/platform/cost'
import { openDb, type Db } from '../../../worker/platform/database'
import { findInstance } from '../../../worker/platform/directory'

const owner = { name: 'Kim Owner', email: 'kim@fresh.example' }
const make = (slug: string) =>
  newInstance(env, {
    slug,
    name: 'Fresh',
    desk: {
      ...defaults('Fresh'),
      agent: [{ id: 2, ...owner, role: 'admin' }],
      agentTeam: [{ agentId: 2, teamId: 1 }],
    },
    accounts: [{ agentId: 2, ...owner, password: null }],
  })

let db: Db
let batches: number
beforeAll(async () => {
  const before = cost.now()
  const { t } = await make('fresh')
  batches = cost.since(before).batches
  db = openDb(env, t)
})

test('a new instance is written in one batch', () => {
  expect(batches).toBe(1)
})

test('G77: a new instance has the email template 35, Supplier Ticket, with the note in it', async () => {
  const [template] = await db.orm
    .select()
    .from(emailTemplate)
    .where(and(eq(emailTemplate.t, db.t), eq(emailTemplate.id, 35)))
  expect(template?.name).toBe('Supplier Ticket')
  expect(template?.bodyHtml).toContain('{{ note }}')
})

test('G71, G75: Log to supplier is there out of the box, as the guide says it must be set', async () => {
  const [type] = await db.orm
    .select()
    .from(actionType)
    .where(and(eq(actionType.t, db.t), eq(actionType.name, 'Log to supplier')))
  expect(type).toMatchObject({
    systemUse: 'log_to_supplier',
    sendEmail: true,
    emailTemplateId: 35,
    hideFromUser: true,
  })
  const form = await db.orm
    .select({ builtin: field.builtin })
    .from(actionTypeField)
    .innerJoin(field, and(eq(field.t, actionTypeField.t), eq(field.id, actionTypeField.fieldId)))
    .where(and(eq(actionTypeField.t, db.t), eq(actionTypeField.actionTypeId, type?.id ?? 0)))
    .orderBy(field.builtin)
  expect(form.map(({ builtin }) => builtin)).toEqual([
    'emailtemplate',
    'note',
    'supplier',
    'supplier_ref',
  ])
})

test('G60, G87: the generic note that everything can fall back on is hidden and never leaves by itself', async () => {
  const [note] = await db.orm
    .select()
    .from(actionType)
    .where(and(eq(actionType.t, db.t), eq(actionType.name, 'Internal note')))
  expect(note).toMatchObject({ hideFromUser: true, sendEmail: false, sendToConnected: false })
  const steps = await db.orm
    .select()
    .from(stepAction)
    .where(and(eq(stepAction.t, db.t), eq(stepAction.actionTypeId, note?.id ?? 0)))
  expect(steps.map(({ stepId }) => stepId)).toEqual([1, 2])
})

test('G16: the suppliers module is off until somebody switches it on', async () => {
  expect(await db.orm.select().from(module).where(eq(module.t, db.t))).toEqual([
    { t: db.t, name: 'suppliers', enabled: false },
  ])
})

test('lookup 11 has rows, for the client that takes an empty one for a failed connection', async () => {
  expect(
    (
      await db.orm
        .select()
        .from(lookup)
        .where(and(eq(lookup.t, db.t), eq(lookup.lookupId, 11)))
    ).length,
  ).toBeGreaterThan(0)
})

test('F44: the counters stand above every number that is taken', async () => {
  for (const [name, next] of [
    ['ticket', 1001],
    ['emailTemplate', 36],
    ['status', 29],
    ['agent', 3],
    ['field', 104],
    ['supplier', 1],
  ] as const) {
    const [[drawn]] = await db.orm.batch([nextId(db, name), nextId(db, name, 2)])
    expect(drawn?.value, name).toBe(next)
    const [used] = await db.orm
      .select({ first: idOf(db, name, 1).as('first'), last: idOf(db, name).as('last') })
      .from(module)
      .where(eq(module.t, db.t))
    expect(used, name).toEqual({ first: next + 1, last: next + 2 })
  }
})

test('two instances have rows of the same numbers and never each other\u2019s', async () => {
  const other = await make('fresh-two')
  expect(other.t).not.toBe(db.t)
  const own = openDb(env, other.t)
  expect(
    (await own.orm.select().from(emailTemplate).where(eq(emailTemplate.t, own.t))).length,
  ).toBe(4)
  expect((await findInstance(env, other.tenantId))?.slug).toBe('fresh-two')
})

test('an account that exists is used and keeps its password', async () => {
  await env.DB.prepare("update account set password = 'kept' where email = ?")
    .bind(owner.email)
    .run()
  const third = await make('fresh-three')
  const rows = await db.orm
    .select()
    .from(account)
    .innerJoin(membership, eq(membership.accountId, account.id))
    .where(eq(membership.t, third.t))
  expect(rows[0]?.account.password).toBe('kept')
})

test('a taken, reserved or impossible slug is refused by its name, and nothing is left behind', async () => {
  const count = async () => (await openDb(env, 0).orm.select({ t: audit.t }).from(audit)).length
  const before = await count()
  for (const slug of ['fresh', 'api', 'a', 'No', 'a--b', '-a', 'a/b', '']) {
    await expect(make(slug)).rejects.toMatchObject({
      code: 'VALIDATION',
      detail: { fields: { slug: expect.any(String) } },
    })
  }
  expect(await count()).toBe(before)
})
