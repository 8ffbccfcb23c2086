import { describe, expect, test } from 'vitest'
import { destinationWords, submitWords } from '../../web/agent/ticket/destinationWords'
import { draftName, parseDraft } from '../../web/data/drafts'
import {
  actionBody,
  audience,
  defaultSendTo,
  destination,
  errorsByField,
  missing,
  startValues,
  type FormTicket,
} from '../../web/agent/ticket/form'
import type { ActionField, Link, Outcome, SendTo } from '../../web/data/names'

const field = (builtin: string | null, change: Partial<ActionField> = {}): ActionField => ({
  id: 1,
  fieldid: 1,
  seq: 1,
  inputtype: 0,
  technew: 1,
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
  labellong: 'Private note',
  colour: '',
  icon: '',
  sequence: 1,
  hidden: false,
  respondtype: 0,
  emailtemplate_name: '',
  email_on_connection: false,
  ai_operation: 0,
  ai_prompt: '',
  systemid: 'none',
  sendemail: 0,
  hidefromuser: true,
  newstatus: null,
  default_send_to_halo: true,
  default_note: '',
  emailtemplate_id: null,
  fields: [field('note'), field('send_to')],
  ...change,
})
const link = (kind: Link['kind'], state: Link['state'] = 'live'): Link => ({
  connection_id: 1,
  kind,
  partner: kind === 'supplier' ? 'Skyline' : 'Acme',
  remote_ticket_id: 1043,
  remote_url: null,
  state,
  may_differ: false,
  only_there: 0,
  ended_at: null,
  ended_by: null,
})
const ticket = (links: Link[], sendTo: SendTo = 'none') => ({
  id: 1001,
  links,
  default_send_to: sendTo,
})
const escalate = outcome({
  outcome: 'Escalated',
  buttonname: 'Escalate to MSP',
  systemid: 'log_to_supplier',
  sendemail: 1,
  emailtemplate_id: 35,
  fields: [field('supplier'), field('note', { mandatory: true }), field('emailtemplate')],
})

describe('where "Send to connected instance" stands when the form opens', () => {
  test('it follows what the ticket’s links give', () => {
    const linked = ticket([link('supplier')], 'supplier')
    expect(startValues(outcome({}), linked)).toMatchObject({ send_to: 'supplier' })
    expect(startValues(outcome({}), ticket([]))).toMatchObject({ send_to: 'none' })
  })
  test('an action that is not set to be sent, and one that makes a ticket, stay at none', () => {
    const linked = ticket([link('supplier')], 'supplier')
    expect(defaultSendTo(outcome({ default_send_to_halo: false }), linked)).toBe('none')
    expect(defaultSendTo(escalate, linked)).toBe('none')
  })
})

describe('a ticket with several partners of one kind', () => {
  const two = ticket(
    [link('supplier'), { ...link('supplier'), connection_id: 2, partner: 'Vendor' }],
    'supplier',
  )
  const values = { note: '<p>x</p>', send_to: 'supplier' }
  test('asks for names before anything is sent', () => {
    expect(missing(outcome({}), two, values, 0)).toHaveProperty('send_to')
    expect(destination(outcome({}), two, values, undefined)).toEqual({ kind: 'nobody' })
  })
  test('sends to those that were named', () => {
    const named = { ...values, partners: ['2'] }
    expect(missing(outcome({}), two, named, 0)).toEqual({})
    expect(destination(outcome({}), two, named, undefined)).toEqual({
      kind: 'send',
      partner: 'Vendor',
    })
    expect(actionBody(outcome({}), two, named, [])).toMatchObject({ connection_ids: [2] })
  })
  test('asks nothing for what stays here', () => {
    expect(missing(outcome({}), two, { ...values, send_to: 'none' }, 0)).toEqual({})
  })
})

describe('the words above the editor and on the button', () => {
  const words = (
    form: Outcome,
    on: FormTicket,
    change: Record<string, string> = {},
    supplier?: string,
  ) => {
    const to = destination(form, on, { ...startValues(form, on), ...change }, supplier)
    return [destinationWords(to, audience(form)), submitWords(to, audience(form))]
  }
  test('a private note to the supplier', () => {
    expect(words(outcome({}), ticket([link('supplier')], 'supplier'))).toEqual([
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
    const mail = outcome({ sendemail: 1, hidefromuser: false, default_send_to_halo: false })
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
    expect(actionBody(escalate, ticket([]), values, [{ id: 9 }])).toEqual({
      ticket_id: 1001,
      outcome_id: 7,
      supplier_id: 3,
      note_html: '<p>Over to you.</p>',
      emailtemplate_id: 35,
      attachments: [{ id: 9 }],
    })
  })
  test('keeps "none" as an answer of its own', () => {
    const body = actionBody(outcome({}), ticket([]), { note: '<p>x</p>', send_to: 'none' }, [])
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
    expect(actionBody(form, ticket([]), values, []).customfields).toEqual([
      { id: 20, value: 4 },
      { id: 21, value: [1, 2] },
      { id: 22, value: true },
    ])
  })
})

test('a needed field that holds only an empty paragraph is missing', () => {
  const form = outcome({ fields: [field('note', { mandatory: true, label: 'Note' })] })
  expect(missing(form, ticket([]), { note: '<p></p>' }, 0)).toEqual({ note: 'Note is needed.' })
  expect(missing(form, ticket([]), { note: '<p>x</p>' }, 0)).toEqual({})
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
