import { describe, expect, test } from 'vitest'
import { destinationWords, submitWords } from '../../web/agent/ticket/destinationWords'
import { draftName, parseDraft } from '../../web/agent/ticket/draft'
import {
  actionBody,
  audience,
  defaultSendTo,
  destination,
  errorsByField,
  missing,
  startValues,
} from '../../web/agent/ticket/form'
import type { ActionField, Link, Outcome, Ticket } from '../../web/data/wire'

const field = (builtin: string | null, change: Partial<ActionField> = {}): ActionField => ({
  fieldid: 1,
  name: builtin ?? 'CFown',
  label: builtin ?? 'Own',
  type: 0,
  mandatory: false,
  visible: true,
  readonly: false,
  hint: '',
  default: null,
  options: [],
  builtin,
  ...change,
})
const outcome = (change: Partial<Outcome>): Outcome => ({
  id: 7,
  outcome: 'Private note',
  buttonname: 'Private note',
  colour: '',
  systemid: 'none',
  sendemail: false,
  hidefromuser: true,
  newstatus: null,
  default_send_to_halo: true,
  default_note: '',
  emailtemplate_id: null,
  fields: [field('note'), field('send_to')],
  ...change,
})
const link = (kind: Link['kind'], state = 'live'): Link => ({
  connection_id: 1,
  kind,
  partner: kind === 'supplier' ? 'Skyline' : 'Acme',
  remote_ticket_id: 1043,
  remote_url: null,
  state,
})
const ticket = (links: Link[]): Ticket => ({
  id: 1001,
  summary: 'Printer',
  status_id: 1,
  priority_id: 1,
  agent_id: 1,
  team: '',
  client_id: 1,
  client_name: 'Acme',
  user_id: 1,
  user_name: 'Priya Shah',
  dateoccurred: '2026-08-09T12:00:00Z',
  lastactiondate: '2026-08-09T12:00:00Z',
  sync: null,
  links,
  details_html: '',
  tickettype_id: 1,
  category_1: '',
  supplier_id: null,
  supplier_ref: null,
  allowed_actions: [],
  customfields: [],
})
const escalate = outcome({
  outcome: 'Escalated',
  buttonname: 'Escalate to MSP',
  systemid: 'log_to_supplier',
  sendemail: true,
  emailtemplate_id: 35,
  fields: [field('supplier'), field('note', { mandatory: true }), field('emailtemplate')],
})

describe('where "Send to connected instance" stands when the form opens', () => {
  test('it follows the ticket’s link', () => {
    expect(defaultSendTo(outcome({}), ticket([link('supplier')]))).toBe('supplier')
    expect(defaultSendTo(outcome({}), ticket([link('customer')]))).toBe('customer')
    expect(defaultSendTo(outcome({}), ticket([]))).toBe('none')
    expect(defaultSendTo(outcome({}), ticket([link('supplier', 'ended')]))).toBe('none')
  })
  test('an action that is not set to be sent stays here', () => {
    expect(
      defaultSendTo(outcome({ default_send_to_halo: false }), ticket([link('supplier')])),
    ).toBe('none')
  })
  test('what the desk says goes before what the page would guess', () => {
    const said = {
      ...ticket([link('supplier'), link('customer')]),
      default_send_to: 'supplier' as const,
    }
    expect(startValues(outcome({}), said)).toMatchObject({ send_to: 'supplier' })
  })
})

describe('the words above the editor and on the button', () => {
  const words = (
    form: Outcome,
    on: Ticket,
    change: Record<string, string> = {},
    supplier?: string,
  ) => {
    const to = destination(form, on, { ...startValues(form, on), ...change }, supplier)
    return [destinationWords(to, audience(form)), submitWords(to, audience(form))]
  }
  test('a private note to the supplier', () => {
    expect(words(outcome({}), ticket([link('supplier')]))).toEqual([
      'Only agents see this · goes to Skyline',
      'Save and send to Skyline',
    ])
  })
  test('the same kept here', () => {
    expect(words(outcome({}), ticket([link('supplier')]), { send_to: 'none' })).toEqual([
      'Only agents see this · stays on this desk',
      'Save',
    ])
  })
  test('sent where the ticket has no link', () => {
    expect(words(outcome({}), ticket([]), { send_to: 'customer' })[0]).toContain(
      'no link of that kind',
    )
  })
  test('an email to the end user', () => {
    const mail = outcome({ sendemail: true, hidefromuser: false, default_send_to_halo: false })
    expect(words(mail, ticket([]))).toEqual([
      'The end user gets this by email · stays on this desk',
      'Send to user',
    ])
  })
  test('an escalation, which sends no email', () => {
    expect(words(escalate, ticket([]))).toEqual([
      'Only agents see this · choose the supplier it goes to',
      'Send to supplier',
    ])
    expect(words(escalate, ticket([]), {}, 'Skyline')).toEqual([
      'Only agents see this · creates a ticket at Skyline',
      'Send ticket to Skyline',
    ])
  })
})

describe('what is sent', () => {
  test('names the builtin fields as the wire does and leaves out what is blank', () => {
    const values = {
      ...startValues(escalate, ticket([])),
      supplier: '3',
      note: '<p>Over to you.</p>',
    }
    expect(actionBody(escalate, 1001, values, [{ id: 9 }])).toEqual({
      ticket_id: 1001,
      outcome_id: 7,
      supplier_id: 3,
      note_html: '<p>Over to you.</p>',
      emailtemplate_id: 35,
      attachments: [{ id: 9 }],
    })
  })
  test('keeps "none" as an answer of its own', () => {
    const body = actionBody(outcome({}), 1001, { note: '<p>x</p>', send_to: 'none' }, [])
    expect(body.send_to).toBe('none')
  })
  test('carries own fields by their number, choices as numbers', () => {
    const form = outcome({
      fields: [
        field(null, { fieldid: 20, type: 2 }),
        field(null, { fieldid: 21, type: 3 }),
        field(null, { fieldid: 22, type: 6 }),
      ],
    })
    const values = { 'field:20': '4', 'field:21': ['1', '2'], 'field:22': true }
    expect(actionBody(form, 1001, values, []).customfields).toEqual([
      { id: 20, value: 4 },
      { id: 21, value: [1, 2] },
      { id: 22, value: true },
    ])
  })
})

test('a needed field that holds only an empty paragraph is missing, one that is not shown is not', () => {
  const form = outcome({
    fields: [
      field('note', { mandatory: true, label: 'Note' }),
      field('status', { mandatory: true, visible: false }),
    ],
  })
  expect(missing(form, { note: '<p></p>' }, 0)).toEqual({ note: 'Note is needed.' })
  expect(missing(form, { note: '<p>x</p>' }, 0)).toEqual({})
})

test('an error of the API stands at the field it is about', () => {
  const form = outcome({
    fields: [field('note'), field('supplier_ref'), field(null, { fieldid: 20 })],
  })
  expect(
    errorsByField(form, {
      '[0].note_html': 'too long',
      supplier_ref: 'clear it',
      CFown: 'is no number',
      something: 'else',
    }),
  ).toEqual({ note: 'too long', supplier_ref: 'clear it', 'field:20': 'is no number' })
})

describe('a draft', () => {
  test('belongs to one person, ticket and action', () => {
    const names = [
      draftName('acme', 2, 1001, 7),
      draftName('acme', 3, 1001, 7),
      draftName('acme', 2, 1002, 7),
      draftName('acme', 2, 1001, 8),
      draftName('skyline', 2, 1001, 7),
    ]
    expect(new Set(names).size).toBe(names.length)
  })
  test('comes back as it was, with its key', () => {
    const draft = { key: 'k', values: { note: '<p>x</p>', on: true, list: ['1'] } }
    expect(parseDraft(JSON.stringify(draft))).toEqual(draft)
  })
  test.each([
    null,
    '',
    '{',
    '[]',
    '{"key":1,"values":{}}',
    '{"key":"k"}',
    '{"key":"k","values":null}',
  ])('is none when it is damaged: %s', (stored) => expect(parseDraft(stored)).toBeUndefined())
})
