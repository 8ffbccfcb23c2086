import { CLOSED, defaultActions, defaultTemplates, OPEN } from './defaultActions'
import { actionTypeRows, type Desk } from './desk'

export const WORKFLOW = 1
/** The desk's own organisation; customer 1 stands for whoever is not known. */
export const OWN_CUSTOMER = 2
/** On the wire agent 1 is "Unassigned", so the first person is agent 2. */
export const FIRST_AGENT = 2

const status: Desk['status'] = [
  { id: 1, name: 'New', portalName: 'Received', kind: 'open', colour: '#2563eb', sequence: 1 },
  {
    id: 2,
    name: 'In progress',
    portalName: 'In progress',
    kind: 'open',
    colour: '#0891b2',
    sequence: 2,
  },
  {
    id: 4,
    name: 'Waiting on user',
    portalName: 'Waiting for your reply',
    kind: 'waiting',
    colour: '#d97706',
    sequence: 3,
  },
  {
    id: 5,
    name: 'With supplier',
    portalName: 'In progress',
    kind: 'waiting',
    colour: '#7c3aed',
    sequence: 4,
  },
  {
    id: 28,
    name: 'On hold',
    portalName: 'On hold',
    kind: 'waiting',
    colour: '#64748b',
    sequence: 5,
  },
  {
    id: 8,
    name: 'Resolved',
    portalName: 'Resolved',
    kind: 'resolved',
    colour: '#16a34a',
    sequence: 6,
  },
  { id: 9, name: 'Closed', portalName: 'Closed', kind: 'closed', colour: '#475569', sequence: 7 },
]

const priority: Desk['priority'] = [
  {
    id: 1,
    slaId: 1,
    name: 'Critical',
    colour: '#dc2626',
    responseHours: 1,
    fixHours: 4,
    sequence: 1,
  },
  { id: 2, slaId: 1, name: 'High', colour: '#ea580c', responseHours: 2, fixHours: 8, sequence: 2 },
  {
    id: 3,
    slaId: 1,
    name: 'Medium',
    colour: '#ca8a04',
    responseHours: 4,
    fixHours: 24,
    sequence: 3,
  },
  { id: 4, slaId: 1, name: 'Low', colour: '#65a30d', responseHours: 8, fixHours: 72, sequence: 4 },
]

const categoryTree: [name: string, children: string[]][] = [
  ['Hardware', ['Laptop', 'Printer', 'Phone']],
  ['Software', ['Email', 'Browser', 'Business application']],
  ['Network', ['VPN', 'Wi-Fi']],
  ['Access', ['Password', 'New starter', 'Leaver']],
]

/** The rows of a tree of two levels. */
export function treeOf(tree: [name: string, children: string[]][]): Desk['category'] {
  const rows: Desk['category'] = []
  for (const [name, children] of tree) {
    const parentId = rows.length + 1
    rows.push({ id: parentId, name, path: name })
    for (const child of children)
      rows.push({ id: rows.length + 1, parentId, name: child, path: `${name}>${child}` })
  }
  return rows
}

/** Summary and Details have the numbers and names that Halo gives them (halo-api.md §6). */
export const defaultFields: Desk['field'] = [
  { id: 2, name: 'symptom', label: 'Summary', scope: 'ticket', type: 'text', builtin: 'summary' },
  {
    id: 3,
    name: 'symptom2',
    label: 'Details',
    scope: 'ticket',
    type: 'longtext',
    builtin: 'details',
  },
  {
    id: 4,
    name: 'startdate',
    label: 'Start date',
    scope: 'ticket',
    type: 'date',
    builtin: 'startdate',
  },
  {
    id: 5,
    name: 'targetdate',
    label: 'Target date',
    scope: 'ticket',
    type: 'date',
    builtin: 'targetdate',
  },
  { id: 10, name: 'note', label: 'Note', scope: 'action', type: 'longtext', builtin: 'note' },
  {
    id: 11,
    name: 'supplier',
    label: 'Supplier',
    scope: 'action',
    type: 'choice',
    builtin: 'supplier',
  },
  {
    id: 12,
    name: 'supplier_ref',
    label: 'Supplier ref',
    scope: 'action',
    type: 'text',
    builtin: 'supplier_ref',
  },
  {
    id: 13,
    name: 'send_to',
    label: 'Send to connected instance',
    scope: 'action',
    type: 'choice',
    builtin: 'send_to',
  },
  {
    id: 14,
    name: 'emailtemplate',
    label: 'Email template',
    scope: 'action',
    type: 'choice',
    builtin: 'emailtemplate',
  },
  { id: 15, name: 'status', label: 'Status', scope: 'action', type: 'choice', builtin: 'status' },
  {
    id: 16,
    name: 'priority',
    label: 'Priority',
    scope: 'action',
    type: 'choice',
    builtin: 'priority',
  },
  {
    id: 17,
    name: 'category',
    label: 'Category',
    scope: 'action',
    type: 'choice',
    builtin: 'category',
  },
  { id: 18, name: 'agent', label: 'Agent', scope: 'action', type: 'choice', builtin: 'agent' },
  { id: 19, name: 'team', label: 'Team', scope: 'action', type: 'choice', builtin: 'team' },
  {
    id: 20,
    name: 'attachments',
    label: 'Attachments',
    scope: 'action',
    type: 'choices',
    builtin: 'attachments',
  },
  {
    id: 101,
    name: 'CFimpact',
    label: 'Impact',
    scope: 'ticket',
    type: 'choice',
    hint: 'How many people it keeps from working',
  },
  {
    id: 102,
    name: 'CFasset',
    label: 'Asset tag',
    scope: 'ticket',
    type: 'text',
    hint: 'The number on the sticker of the device',
  },
  { id: 103, name: 'CFnoticed', label: 'First noticed', scope: 'ticket', type: 'date' },
]

const fieldOption: Desk['fieldOption'] = ['Low', 'Medium', 'High'].map((name, index) => ({
  fieldId: 101,
  id: index + 1,
  name,
  sequence: index + 1,
}))

const ticketType: Desk['ticketType'] = [
  {
    id: 1,
    name: 'Incident',
    description: 'Something does not work',
    itilType: 1,
    endUsersCanSelect: true,
  },
  {
    id: 2,
    name: 'Service request',
    description: 'Something is needed',
    itilType: 3,
    endUsersCanSelect: true,
  },
  {
    id: 3,
    name: 'Problem',
    description: 'The cause behind several incidents',
    itilType: 4,
    endUsersCanSelect: false,
  },
].map((type) => ({
  ...type,
  workflowId: WORKFLOW,
  initialStatusId: 1,
  defaultPriorityId: 3,
  defaultTeamId: 1,
  slaId: 1,
  sequence: type.id,
}))

/** Shown 1, mandatory 2, hidden 0: for agents (new, detail), then for end users. */
const typeFields: [
  fieldId: number,
  agentNew: number,
  agentDetail: number,
  userNew: number,
  userDetail: number,
][] = [
  [2, 2, 2, 2, 1],
  [3, 1, 1, 2, 1],
  [101, 1, 1, 1, 1],
  [102, 1, 1, 1, 1],
  [103, 1, 1, 1, 1],
  [4, 1, 1, 0, 0],
  [5, 1, 1, 0, 0],
]

/** What a new instance called `name` is born with: enough to work the first ticket, as a fresh Halo would have it. */
export const defaults = (name: string): Desk => ({
  module: [{ name: 'suppliers', enabled: false }],
  team: [
    { id: 1, name: 'Service desk', sequence: 1 },
    { id: 2, name: 'Infrastructure', sequence: 2 },
  ],
  agent: [],
  agentTeam: [],
  customer: [
    { id: 1, name: 'Unknown' },
    { id: OWN_CUSTOMER, name },
  ],
  site: [
    { id: 1, customerId: 1, name: 'Main', isMain: true },
    { id: 2, customerId: OWN_CUSTOMER, name: 'Main', isMain: true },
  ],
  person: [
    { id: 1, customerId: 1, siteId: 1, name: 'General user', isGeneral: true },
    { id: 2, customerId: OWN_CUSTOMER, siteId: 2, name: 'General user', isGeneral: true },
  ],
  status,
  sla: [{ id: 1, name: 'Standard' }],
  priority,
  category: treeOf(categoryTree),
  field: defaultFields,
  fieldOption,
  emailTemplate: defaultTemplates,
  ...actionTypeRows(defaultActions, defaultFields, WORKFLOW),
  workflow: [{ id: WORKFLOW, name: 'Standard' }],
  workflowStep: [
    { workflowId: WORKFLOW, id: OPEN, name: 'Open', isStart: true },
    { workflowId: WORKFLOW, id: CLOSED, name: 'Closed', isEnd: true },
  ],
  ticketType,
  ticketTypeField: ticketType.flatMap(({ id: ticketTypeId }) =>
    typeFields.map(([fieldId, agentNew, agentDetail, userNew, userDetail], index) => ({
      ticketTypeId,
      fieldId,
      sequence: index + 1,
      agentNew,
      agentDetail,
      userNew,
      userDetail,
    })),
  ),
  // A known client asks for lookup 11 after its token and takes an empty list for a failure (halo-api.md §1).
  lookup: ['Phone', 'Email', 'Portal', 'In person'].map((way, index) => ({
    lookupId: 11,
    id: index + 1,
    name: way,
    sequence: index + 1,
  })),
  apiApp: [],
})
