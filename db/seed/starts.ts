import { ALWAYS, CLOSES, SUPPLIER_TEMPLATE, WHILE_OPEN } from './defaultActions'
import { defaultFields, defaults, FIRST_AGENT, treeOf, WORKFLOW } from './defaults'
import { actionTypeRows, type ActionTypeSeed, type Desk } from './desk'

/** What a new desk is for. It decides which action types it has beyond those of every desk, and its categories. */
export const STARTS = ['internal_it', 'msp', 'supplier', 'customer_service'] as const
export type Start = (typeof STARTS)[number]

type Changes = Record<string, Partial<Desk['actionType'][number]>>

/** A company's own IT team: it sends tickets on to whoever supports it, and hears back. */
const internalItActions: ActionTypeSeed[] = [
  {
    id: 12,
    name: 'Escalate to MSP',
    icon: 'send',
    systemUse: 'log_to_supplier',
    sendEmail: true,
    emailTemplateId: SUPPLIER_TEMPLATE,
    hideFromUser: true,
    statusAfterId: 5,
    form: ['supplier!', 'supplier_ref', 'note', 'attachments'],
    on: WHILE_OPEN,
  },
  {
    id: 13,
    name: 'Private note',
    icon: 'lock',
    hideFromUser: true,
    sendToConnected: true,
    form: ['send_to', 'note!', 'attachments'],
    on: ALWAYS,
  },
  {
    id: 14,
    name: 'Internal update',
    icon: 'lock',
    hideFromUser: true,
    form: ['note!'],
    on: ALWAYS,
  },
]

/** Who supports other organisations: works their tickets and answers them, and never writes to their users itself. */
const mspActions: ActionTypeSeed[] = [
  {
    id: 12,
    name: 'Note',
    icon: 'message-square',
    sendToConnected: true,
    form: ['note!', 'send_to', 'attachments'],
    on: ALWAYS,
  },
  {
    id: 13,
    name: 'Indirect email to end user',
    icon: 'mail',
    sendToConnected: true,
    form: ['note!', 'send_to', 'attachments'],
    on: ALWAYS,
  },
  {
    id: 14,
    name: 'Resolve third party ticket',
    icon: 'check',
    statusAfterId: 9,
    sendToConnected: true,
    form: ['note', 'send_to'],
    on: CLOSES,
  },
  {
    id: 15,
    name: 'Customer update',
    icon: 'message-square',
    hideFromUser: true,
    form: ['note!', 'attachments'],
    on: ALWAYS,
  },
]

/** Settings of default action types that sending on asks for, by name. */
const internalItChanges: Changes = {
  'User update': { sendToConnected: true },
  'Email user': { emailOnConnection: true },
  Resolve: { sendToConnected: true },
}

/** A supplier of parts or services has no users of its customers to write to. */
const supplierActions = mspActions.filter(({ name }) => name !== 'Indirect email to end user')

/** Service for customers: what it cannot answer goes on to a supplier. */
const customerServiceActions = internalItActions.map((action) =>
  action.systemUse === 'log_to_supplier' ? { ...action, name: 'Ask the supplier' } : action,
)

const starts: Record<
  Start,
  { actions: ActionTypeSeed[]; changes: Changes; categories?: Desk['category'] }
> = {
  internal_it: { actions: internalItActions, changes: internalItChanges },
  msp: { actions: mspActions, changes: {} },
  supplier: { actions: supplierActions, changes: {} },
  customer_service: {
    actions: customerServiceActions,
    changes: internalItChanges,
    categories: treeOf([
      ['Order', ['Delivery', 'Wrong item', 'Cancellation']],
      ['Product', ['Fault', 'How to use']],
      ['Billing', ['Invoice', 'Refund']],
      ['Account', ['Sign-in', 'Change of address']],
    ]),
  },
}

/** All a desk of this kind is born with, run by one admin. */
export function startingDesk(
  start: Start,
  name: string,
  admin: { name: string; email: string },
): Desk {
  const { actions, changes, categories } = starts[start]
  const born = defaults(name)
  const more = actionTypeRows(actions, defaultFields, WORKFLOW)
  return {
    ...born,
    ...(categories && { category: categories }),
    agent: [{ id: FIRST_AGENT, ...admin, role: 'admin' }],
    agentTeam: [{ agentId: FIRST_AGENT, teamId: 1 }],
    actionType: [
      ...born.actionType.map((type) => ({ ...type, ...changes[type.name] })),
      ...more.actionType,
    ],
    actionTypeField: [...born.actionTypeField, ...more.actionTypeField],
    stepAction: [...born.stepAction, ...more.stepAction],
  }
}
