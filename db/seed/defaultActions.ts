import type { ActionTypeSeed, Desk } from './desk'

/** Steps of the standard workflow. */
export const OPEN = 1
export const CLOSED = 2
/** Notes and closing stay possible on a closed ticket: a partner's last word may arrive after it, and both desks may close at once. */
export const ALWAYS = [
  [OPEN, null],
  [CLOSED, null],
] as const
export const WHILE_OPEN = [[OPEN, null]] as const
export const CLOSES = [
  [OPEN, CLOSED],
  [CLOSED, null],
] as const
const REOPENS = [[CLOSED, OPEN]] as const

/** As in a fresh Halo (G77). */
export const SUPPLIER_TEMPLATE = 35

const signature = '<p>{{ agent.name }}<br>{{ instance.name }}</p>'
export const defaultTemplates: Desk['emailTemplate'] = [
  {
    id: 1,
    name: 'Email user',
    description: 'A message from an agent to the end user',
    subject: '{{ ticket.summary }}',
    bodyHtml: `<p>Hello {{ user.name }},</p>{{ note }}${signature}<p><a href="{{ link }}">Ticket {{ ticket.id }}</a>: {{ ticket.summary }}</p>`,
  },
  {
    id: 2,
    name: 'Closure confirmation',
    description: 'Tells the end user that the ticket is closed',
    subject: 'Closed: {{ ticket.summary }}',
    bodyHtml: `<p>Hello {{ user.name }},</p><p>your ticket {{ ticket.id }}, {{ ticket.summary }}, is closed.</p>{{ note }}<p>If something is still wrong, reply or <a href="{{ link }}">open the ticket</a>.</p>${signature}`,
  },
  {
    id: 3,
    name: 'Ticket logged',
    description: 'Tells the end user that the ticket has arrived',
    subject: 'Received: {{ ticket.summary }}',
    bodyHtml:
      '<p>Hello {{ user.name }},</p><p>we have your ticket {{ ticket.id }}, {{ ticket.summary }}. <a href="{{ link }}">See how it goes.</a></p><p>{{ instance.name }}</p>',
  },
  {
    id: SUPPLIER_TEMPLATE,
    name: 'Supplier Ticket',
    description: 'Goes with the note when a ticket is logged to a supplier (never as an email)',
    subject: '{{ ticket.summary }}',
    bodyHtml:
      '{{ note }}<p><strong>{{ instance.name }}, {{ ticket.type }} {{ ticket.id }}: {{ ticket.summary }}</strong><br>Raised by {{ user.name }}, priority {{ ticket.priority }}</p>{{ ticket.details }}',
  },
]

export const defaultActions: ActionTypeSeed[] = [
  { id: 1, name: 'Logged', systemUse: 'logged', form: [], on: [] },
  { id: 2, name: 'Changed', systemUse: 'changed', hideFromUser: true, form: [], on: [] },
  {
    id: 3,
    name: 'User update',
    systemUse: 'user_update',
    icon: 'message-square',
    form: ['note!', 'attachments'],
    on: ALWAYS,
  },
  {
    id: 4,
    name: 'Email user',
    icon: 'mail',
    sendEmail: true,
    emailTemplateId: 1,
    statusAfterId: 4,
    form: ['note!', 'emailtemplate', 'status', 'attachments'],
    on: ALWAYS,
  },
  {
    id: 5,
    name: 'Log to supplier',
    icon: 'send',
    systemUse: 'log_to_supplier',
    sendEmail: true,
    emailTemplateId: SUPPLIER_TEMPLATE,
    hideFromUser: true,
    statusAfterId: 5,
    form: ['supplier!', 'supplier_ref', 'note', 'emailtemplate'],
    on: WHILE_OPEN,
  },
  {
    id: 6,
    name: 'Assign',
    icon: 'user',
    hideFromUser: true,
    form: ['agent', 'team', 'note'],
    on: WHILE_OPEN,
  },
  {
    id: 7,
    name: 'Internal note',
    icon: 'lock',
    hideFromUser: true,
    form: ['note!', 'attachments'],
    on: ALWAYS,
  },
  {
    id: 8,
    name: 'Public note',
    icon: 'message-square',
    form: ['note!', 'status', 'attachments'],
    on: ALWAYS,
  },
  {
    id: 9,
    name: 'Resolve',
    icon: 'check',
    sendEmail: true,
    emailTemplateId: 2,
    emailOnConnection: true,
    statusAfterId: 9,
    form: ['note', 'category', 'attachments'],
    on: CLOSES,
  },
  { id: 10, name: 'Reopen', icon: 'rotate-ccw', statusAfterId: 2, form: ['note'], on: REOPENS },
  {
    id: 11,
    name: 'Change priority',
    icon: 'flag',
    hideFromUser: true,
    form: ['priority!', 'note'],
    on: WHILE_OPEN,
  },
]
