import { ALWAYS, CLOSES, SUPPLIER_TEMPLATE, WHILE_OPEN } from './defaultActions'
import { defaultFields, defaults, FIRST_AGENT, OWN_CUSTOMER, WORKFLOW } from './defaults'
import { actionTypeRows, type ActionTypeSeed, type Desk } from './desk'

/** The two organisations of the guide's worked example. */
export type DemoSlug = 'acme' | 'skyline'

export interface DemoPerson {
  name: string
  email: string
}
export interface DemoSeed {
  slug: DemoSlug
  name: string
  admin: DemoPerson
  agent: DemoPerson
  user: DemoPerson
  desk: Desk
}

/** A company with its own IT team; it sends tickets on to Skyline. */
const acmeActions: ActionTypeSeed[] = [
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

/** An MSP; Acme is one of its customers. */
const skylineActions: ActionTypeSeed[] = [
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

/** Settings of default action types that the example changes, by name. */
const acmeChanges: Record<string, Partial<Desk['actionType'][number]>> = {
  'User update': { sendToConnected: true },
  'Email user': { emailOnConnection: true },
  Resolve: { sendToConnected: true },
}

const acmePeople = {
  admin: { name: 'Alex Moreau', email: 'admin@acme.example' },
  agent: { name: 'Ana Ito', email: 'ana@acme.example' },
  user: { name: 'Pat Quinn', email: 'pat@acme.example' },
}
const skylinePeople = {
  admin: { name: 'Sora Lind', email: 'admin@skyline.example' },
  agent: { name: 'Lena Berg', email: 'lena@skyline.example' },
  user: { name: 'Sam Okoro', email: 'sam@skyline.example' },
}
type People = typeof acmePeople

/** The desks before they are linked. Linking goes over the API, so that the demo cannot differ from what an admin can do. */
export const demoSeeds = (): DemoSeed[] => [
  {
    slug: 'acme',
    name: 'Acme',
    ...acmePeople,
    desk: demoDesk('Acme', acmePeople, acmeActions, acmeChanges),
  },
  {
    slug: 'skyline',
    name: 'Skyline',
    ...skylinePeople,
    desk: demoDesk('Skyline', skylinePeople, skylineActions, {}),
  },
]

/** The agent that API applications of the demo act as. */
export const API_AGENT = FIRST_AGENT + 2

function demoDesk(
  name: string,
  people: People,
  actions: ActionTypeSeed[],
  changes: Record<string, Partial<Desk['actionType'][number]>>,
): Desk {
  const born = defaults(name)
  const more = actionTypeRows(actions, defaultFields, WORKFLOW)
  return {
    ...born,
    module: born.module.map((module) => ({ ...module, enabled: true })),
    agent: [
      { id: FIRST_AGENT, ...people.admin, role: 'admin' },
      { id: FIRST_AGENT + 1, ...people.agent, role: 'agent' },
      {
        id: API_AGENT,
        name: 'API',
        email: `api@${name.toLowerCase()}.example`,
        role: 'admin',
        isApi: true,
      },
    ],
    agentTeam: [
      { agentId: FIRST_AGENT, teamId: 1 },
      { agentId: FIRST_AGENT + 1, teamId: 1 },
      { agentId: FIRST_AGENT + 1, teamId: 2 },
    ],
    person: [
      ...born.person,
      { id: born.person.length + 1, customerId: OWN_CUSTOMER, siteId: 2, ...people.user },
    ],
    actionType: [
      ...born.actionType.map((type) => ({ ...type, ...changes[type.name] })),
      ...more.actionType,
    ],
    actionTypeField: [...born.actionTypeField, ...more.actionTypeField],
    stepAction: [...born.stepAction, ...more.stepAction],
  }
}

/** One side's inbound settings: what each thing of the partner is here, by name on both sides. */
export interface DemoMappings {
  outcome: Record<string, string>
  status: Record<string, string>
  tickettype?: Record<string, string>
  /** Field names. Priorities and categories are mapped where the names are equal. */
  field: string[]
  defaults: { outcome: string; status?: string; tickettype?: string }
}

const field = ['symptom', 'CFimpact', 'CFasset', 'CFnoticed', 'startdate', 'targetdate']

/** At Acme, on the profile of its supplier Skyline. */
export const acmeMappings: DemoMappings = {
  outcome: {
    Note: 'Internal update',
    'Indirect email to end user': 'Email user',
    'Resolve third party ticket': 'Resolve',
  },
  status: {
    New: 'New',
    'In progress': 'In progress',
    'Waiting on user': 'Waiting on user',
    'With supplier': 'With supplier',
    'On hold': 'On hold',
    Resolved: 'Closed',
    Closed: 'Closed',
  },
  field,
  defaults: { outcome: 'Internal note' },
}

/** At Skyline, on the profile of its customer Acme. */
export const skylineMappings: DemoMappings = {
  outcome: {
    'Private note': 'Internal note',
    Resolve: 'Resolve third party ticket',
    'User update': 'Customer update',
  },
  status: {
    New: 'New',
    'In progress': 'In progress',
    'With supplier': 'In progress',
    'Waiting on user': 'Waiting on user',
    'On hold': 'On hold',
    Resolved: 'Resolved',
    Closed: 'Closed',
  },
  tickettype: { Incident: 'Incident', 'Service request': 'Service request' },
  field,
  defaults: { outcome: 'Internal note', status: 'New', tickettype: 'Incident' },
}
