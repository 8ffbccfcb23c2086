import { beforeAll, describe, expect, test } from 'vitest'
import { and, eq } from 'drizzle-orm'
import { field, mapping } from '../../../db/schema'
import type { FieldType } from '../../../worker/desk/fieldValue'
import { Problem } from '../../../worker/platform/problem'
import type { Catalogue } from '../../../worker/sync/catalogue'
import { checkMappings, type LocalLists, type MappingDraft } from '../../../worker/sync/mappings'
import { pair, type TestDesk } from '../pair'

const fieldTypes: FieldType[] = [
  'text',
  'longtext',
  'number',
  'date',
  'datetime',
  'checkbox',
  'choice',
  'choices',
]
const outcome = {
  systemUse: 'none',
  sendEmail: false,
  sends: false,
  hideFromUser: false,
  inactive: false,
} as const

const local: LocalLists = {
  status: [{ id: 1 }, { id: 9 }],
  priority: [{ id: 1 }],
  category: [{ id: 1 }],
  field: [
    { id: 2, label: 'Summary', scope: 'ticket', type: 'text', builtin: 'summary' },
    { id: 3, label: 'Details', scope: 'ticket', type: 'longtext', builtin: 'details' },
    { id: 4, label: 'Start date', scope: 'ticket', type: 'date', builtin: 'startdate' },
    { id: 5, label: 'Note', scope: 'action', type: 'longtext', builtin: 'note' },
    { id: 6, label: 'Reason', scope: 'action', type: 'text', builtin: null },
    ...fieldTypes.map((type, i) => ({
      id: 20 + i,
      label: `Our ${type}`,
      scope: 'ticket' as const,
      type,
      builtin: null,
    })),
  ],
  outcome: [
    { ...outcome, id: 4, name: 'Email user', sendEmail: true },
    { ...outcome, id: 7, name: 'Internal note' },
    { ...outcome, id: 1, name: 'Logged', systemUse: 'logged' },
    { ...outcome, id: 8, name: 'Old note', inactive: true },
  ],
  tickettype: [{ id: 1, inactive: false }],
}
const remote: Catalogue = {
  statuses: [{ id: '5', name: 'Resolved' }],
  priorities: [{ id: '1', name: 'High' }],
  categories: [{ id: '1', name: 'Hardware' }],
  fields: [
    { id: 'summary', number: 2, name: 'symptom', label: 'Summary', type: 'text', options: [] },
    ...fieldTypes.map((type, i) => ({
      id: String(40 + i),
      number: 40 + i,
      name: `CF${type}`,
      label: `Their ${type}`,
      type,
      options: [],
    })),
  ],
  outcomes: [
    { id: '4', name: 'Emailed', sends_email: true, sends: true, hidden: false },
    { id: '12', name: 'Note', sends_email: false, sends: true, hidden: false },
  ],
  tickettypes: [{ id: '1', name: 'Incident' }],
}
const map = (
  kind: MappingDraft['kind'],
  remoteId: string | number,
  localId: number,
): MappingDraft => ({ kind, remoteId: String(remoteId), localId })
const check = (
  drafts: MappingDraft[],
  profile: 'customer' | 'supplier' = 'customer',
  lists: Catalogue | null = remote,
) => checkMappings(drafts, profile, local, lists)

function fieldsOf(run: () => unknown): Record<string, string> {
  try {
    run()
  } catch (error) {
    if (error instanceof Problem) return error.detail.fields ?? {}
  }
  return {}
}

describe('a set of mappings', () => {
  test('G39: takes things of different names, and labels them as the partner does', () => {
    expect(check([map('status', 5, 9)])).toEqual([
      { kind: 'status', remoteId: '5', remoteName: 'Resolved', localId: 9 },
    ])
  })

  test.each(
    fieldTypes.flatMap((there, i) =>
      fieldTypes.map((here, j) => [there, here, 40 + i, 20 + j] as const),
    ),
  )('G47: %s to %s', (there, here, remoteId, localId) => {
    expect(Object.keys(fieldsOf(() => check([map('field', remoteId, localId)])))).toEqual(
      there === here ? [] : ['mappings[0].local_id'],
    )
  })

  test.each([
    ['an action’s built-in field', 5],
    ['an action’s own field', 6],
  ])('G45: refuses %s', (_, localId) => {
    expect(fieldsOf(() => check([map('field', 40, localId)]))['mappings[0].local_id']).toContain(
      'not fields of an action',
    )
  })

  test('G48: refuses built-in fields other than summary and the two dates', () => {
    expect(fieldsOf(() => check([map('field', 41, 3)]))['mappings[0].local_id']).toContain(
      'only summary, start date and target date',
    )
  })

  test('G45: refuses a field that the partner does not offer', () => {
    expect(Object.keys(fieldsOf(() => check([map('field', 99, 20)])))).toEqual([
      'mappings[0].remote_id',
    ])
  })

  test.each(['summary', '2', 'field:2', 'symptom'])(
    'G49: knows the partner’s summary as %s',
    (remoteId) => {
      expect(check([map('field', remoteId, 2)])).toMatchObject([
        { remoteId: 'summary', localId: 2 },
      ])
    },
  )

  test('G49: knows it by its number too while the partner’s lists are unknown', () => {
    expect(check([map('field', 2, 2)], 'customer', null)).toMatchObject([{ remoteId: 'summary' }])
  })

  test('G53: refuses two actions that both send an email, names both and says what to do', () => {
    const refused = () => check([map('outcome', 12, 7), map('outcome', 4, 4)])
    expect(refused).toThrow(
      'Two actions that both send an email are mapped together (“Emailed” and “Email user” both send an email)',
    )
    expect(Object.keys(fieldsOf(refused))).toEqual(['mappings[1].local_id'])
  })

  test('G55, G92: takes an email action to a note, and a note to an email action', () => {
    expect(check([map('outcome', 4, 7), map('outcome', 12, 4)])).toHaveLength(2)
  })

  test.each([
    ['one that the desk makes itself', 1],
    ['one that is switched off', 8],
  ])('refuses an action here: %s', (_, localId) => {
    expect(Object.keys(fieldsOf(() => check([map('outcome', 12, localId)])))).toEqual([
      'mappings[0].local_id',
    ])
  })

  test('G63: refuses ticket types on a supplier’s profile', () => {
    expect(Object.keys(fieldsOf(() => check([map('tickettype', 1, 1)], 'supplier')))).toEqual([
      'mappings[0].kind',
    ])
    expect(check([map('tickettype', 1, 1)], 'customer')).toHaveLength(1)
  })

  test.each(['status', 'priority', 'category', 'field', 'outcome', 'tickettype'] as const)(
    'refuses an unknown %s of ours',
    (kind) => {
      expect(Object.keys(fieldsOf(() => check([map(kind, 1, 999)])))).toEqual([
        'mappings[0].local_id',
      ])
    },
  )

  test('refuses one thing mapped twice, also under two names', () => {
    expect(Object.keys(fieldsOf(() => check([map('status', 5, 9), map('status', 5, 1)])))).toEqual([
      'mappings[1].remote_id',
    ])
    expect(
      Object.keys(fieldsOf(() => check([map('field', 'summary', 2), map('field', 2, 2)]))),
    ).toEqual(['mappings[1].remote_id'])
  })

  test('names every wrong entry, not only the first', () => {
    expect(
      Object.keys(
        fieldsOf(() => check([map('status', 5, 999), map('status', 6, 9), map('field', 99, 20)])),
      ),
    ).toEqual(['mappings[0].local_id', 'mappings[2].remote_id'])
  })
})

describe('publishing over the API', () => {
  interface Published {
    version: number
    mappings: {
      kind: string
      remote_id: string
      local_id: number
      remote_name: string
      local_name: string
    }[]
  }
  let acme: TestDesk
  let skyline: TestDesk
  beforeAll(async () => {
    ;({ acme, skyline } = await pair())
  })
  const path = () => `connection/${acme.connectionId}/mappings`
  const wire = (kind: string, remote_id: string | number, local_id: number) => ({
    kind,
    remote_id,
    local_id,
  })

  test('a set replaces the one before as the next version, and the old one is kept', async () => {
    const before = await acme.admin.get<Published>(path())
    const after = await acme.admin.put<Published>(path(), {
      mappings: [wire('outcome', skyline.outcome('Note'), acme.outcome('Internal note'))],
    })
    expect(after).toEqual({
      version: before.version + 1,
      mappings: [
        {
          kind: 'outcome',
          remote_id: String(skyline.outcome('Note')),
          remote_name: 'Note',
          local_id: acme.outcome('Internal note'),
          local_name: 'Internal note',
        },
      ],
    })
    const old = await acme.db.orm
      .select()
      .from(mapping)
      .where(and(eq(mapping.t, acme.t), eq(mapping.version, before.version)))
    expect(old).toHaveLength(before.mappings.length)
    expect(await acme.admin.put<Published>(path(), after.mappings)).toEqual(after)
  })

  test('G53: two email actions are refused with 400, and the published set stays', async () => {
    const before = await acme.admin.get<Published>(path())
    const refusal = await acme.admin.ask<{ message: string; fix: string }>('PUT', path(), [
      wire('outcome', skyline.outcome('Email user'), acme.outcome('Email user')),
    ])
    expect(refusal.status).toBe(400)
    expect(refusal.body.message).toContain('both send an email')
    expect(refusal.body.fix).toContain('its text then arrives as a note')
    expect(await acme.admin.get<Published>(path())).toEqual(before)
  })

  test('G53: the same in a change of the connection, where nothing of the change is saved', async () => {
    const mappings = [wire('outcome', skyline.outcome('Email user'), acme.outcome('Email user'))]
    const refusal = await acme.admin.ask('POST', 'connection', {
      id: acme.connectionId,
      sync_attachments: false,
      mappings,
    })
    expect(refusal.status).toBe(400)
    expect(await acme.admin.get(`connection/${acme.connectionId}`)).toMatchObject({
      sync_attachments: true,
    })
  })

  test('a thing that the partner has made since is known when it is mapped', async () => {
    await skyline.db.orm
      .insert(field)
      .values({ t: skyline.t, id: 880, name: 'CFnew', label: 'New', scope: 'ticket', type: 'date' })
    const refusal = await acme.admin.ask('PUT', path(), [
      wire('field', 880, acme.field('CFnoticed')),
    ])
    expect(refusal.status).toBe(400) // on no ticket type, so it is not offered
    await skyline.db.orm.run(
      `insert into ticket_type_field (t, ticket_type_id, field_id) values (${skyline.t}, 1, 880)`,
    )
    const published = await acme.admin.put<Published>(path(), [
      wire('field', 880, acme.field('CFnoticed')),
    ])
    expect(published.mappings).toMatchObject([{ remote_id: '880', remote_name: 'CFnew' }])
  })

  test('many mappings are one statement', async () => {
    const ids = Array.from({ length: 400 }, (_, i) => wire('status', 5000 + i, 1))
    expect((await acme.admin.put<Published>(path(), ids)).mappings).toHaveLength(400)
  })
})
