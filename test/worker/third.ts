import { env } from 'cloudflare:test'
import { FIRST_AGENT } from '../../db/seed/defaults'
import { API_AGENT, demoSeeds } from '../../db/seed/demo'
import { newCredentials } from '../../worker/auth/clients'
import { hashPassword } from '../../worker/auth/password'
import { newInstance } from '../../worker/desk/newInstance'
import { ORIGIN, testDesk, type TestDesk } from './pair'

/** A desk more, configured as Skyline is, and linked to nobody. */
export async function anotherDesk(slug: string, name: string): Promise<TestDesk> {
  const seed = demoSeeds().find((one) => one.slug === 'skyline')
  if (!seed) throw new Error('The demo has no Skyline')
  const person = (who: string) => ({
    email: `${who}@${slug}.example`,
    password: `pw-${who}-${slug}`,
  })
  const [admin, agent, user] = [person('admin'), person('agent'), person('user')]
  const { clientId, secret, hash } = await newCredentials()
  const emails: Record<number, string> = {
    [FIRST_AGENT]: admin.email,
    [FIRST_AGENT + 1]: agent.email,
  }
  const { tenantId } = await newInstance(env, {
    slug,
    name,
    accounts: [
      {
        agentId: FIRST_AGENT,
        name: `${name} admin`,
        email: admin.email,
        password: await hashPassword(admin.password),
      },
      {
        agentId: FIRST_AGENT + 1,
        name: `${name} agent`,
        email: agent.email,
        password: await hashPassword(agent.password),
      },
    ],
    desk: {
      ...seed.desk,
      agent: seed.desk.agent.map((one) => ({
        ...one,
        name: one.id === FIRST_AGENT + 1 ? `${name} agent` : one.name,
        email: emails[one.id] ?? `api@${slug}.example`,
      })),
      person: await Promise.all(
        seed.desk.person.map(async (one) =>
          one.email
            ? { ...one, email: user.email, password: await hashPassword(user.password) }
            : one,
        ),
      ),
      apiApp: [{ id: 1, clientId, name: 'Test', secretHash: hash, agentId: API_AGENT }],
    },
  })
  return testDesk(slug, {
    url: `${ORIGIN}/${slug}`,
    tenant_id: tenantId,
    admin,
    agent,
    user,
    api: { client_id: clientId, client_secret: secret },
  })
}

export interface Connected {
  supplierId: number
  customerId: number
  /** The connection on the company's desk, and on its supplier's. */
  atCompany: number
  atSupplier: number
  /** What each issued to the other. */
  byCompany: Issued
  bySupplier: Issued
}
interface Issued {
  client_id: string
  client_secret: string
}

/** Links two desks as the guide's long way does, with defaults on both sides and statuses by number. */
export async function connect(company: TestDesk, supplier: TestDesk): Promise<Connected> {
  const { id: supplierId } = await company.admin.post('supplier', { name: supplier.demo.url })
  const { id: customerId } = await supplier.admin.post('client', { name: company.demo.url })
  const ofCompany = await company.admin.post<{ id: number; issued: Issued }>('connection', {
    supplier_id: supplierId,
    allow_access: true,
    default_outcome_id: company.outcome('Internal note'),
  })
  const ofSupplier = await supplier.admin.post<{ id: number; issued: Issued }>('connection', {
    client_id: customerId,
    allow_access: true,
    partner: ofCompany.issued,
    default_outcome_id: supplier.outcome('Internal note'),
    default_tickettype_id: supplier.ticketType('Incident'),
    default_status_id: supplier.status('New'),
  })
  await company.admin.post('connection', { id: ofCompany.id, partner: ofSupplier.issued })
  await supplier.admin.post(`connection/${ofSupplier.id}/authenticate`, {})
  await company.admin.post(`connection/${ofCompany.id}/authenticate`, {})
  return {
    supplierId,
    customerId,
    atCompany: ofCompany.id,
    atSupplier: ofSupplier.id,
    byCompany: ofCompany.issued,
    bySupplier: ofSupplier.issued,
  }
}
