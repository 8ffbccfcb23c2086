import { FIRST_AGENT, OWN_CUSTOMER } from './defaults'
import type { Desk } from './desk'
import { startingDesk, type Start } from './starts'

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
    desk: demoDesk('internal_it', 'Acme', acmePeople),
  },
  {
    slug: 'skyline',
    name: 'Skyline',
    ...skylinePeople,
    desk: demoDesk('msp', 'Skyline', skylinePeople),
  },
]

/** The agent that API applications of the demo act as. */
export const API_AGENT = FIRST_AGENT + 2

/** A desk as it is born, with the people of the example and the suppliers module on. */
function demoDesk(start: Start, name: string, people: People): Desk {
  const born = startingDesk(start, name, people.admin)
  return {
    ...born,
    module: born.module.map((module) => ({ ...module, enabled: true })),
    agent: [
      ...born.agent,
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
      ...born.agentTeam,
      { agentId: FIRST_AGENT + 1, teamId: 1 },
      { agentId: FIRST_AGENT + 1, teamId: 2 },
    ],
    person: [
      ...born.person,
      { id: born.person.length + 1, customerId: OWN_CUSTOMER, siteId: 2, ...people.user },
    ],
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
