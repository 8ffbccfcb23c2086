import { seams } from '../../../worker/platform/seams'
import { StubPartner, type Options } from '../../stub-partner/StubPartner'
import { call, type TestDesk } from '../pair'
import type { Wire } from '../wire'
import { act, logged } from './story'

/** A supplier of a desk that runs something else, over a network that is in the test's hand. */
export interface Foreign {
  stub: StubPartner
  connectionId: number
  supplierId: number
}

let made = 0

/** Links a desk with a stub partner, by the calls that an admin makes. From then on what leaves this deployment goes to the stubs. */
export async function foreignSupplier(
  desk: TestDesk,
  dialect: Options['dialect'],
): Promise<Foreign> {
  const name = `Cables ${++made}`
  const host = `https://cables${made}.example.com`
  const tenantId = `cables-${made}`
  const stub = new StubPartner({
    dialect,
    origin: host,
    tenantId,
    name,
    fetch: call,
    now: () => seams.now(),
  })
  const before = seams.fetch
  seams.fetch = (request) =>
    request.url.startsWith(`${host}/`) ? stub.fetch(request) : before(request)
  const { id: supplierId } = await desk.admin.post('supplier', { name })
  const { id: connectionId, issued } = await desk.admin.post<{
    id: number
    issued: { client_id: string; client_secret: string }
  }>('connection', {
    supplier_id: supplierId,
    allow_access: true,
    default_outcome_id: desk.outcome('Internal note'),
    partner: {
      auth_url: `${host}/auth`,
      resource_url: `${host}/api`,
      tenant_id: tenantId,
      client_id: 'id',
      client_secret: 'word',
    },
  })
  await desk.admin.post(`connection/${connectionId}/authenticate`, {})
  stub.knows({ url: desk.url, ...issued })
  return { stub, connectionId, supplierId }
}

/** A ticket that stands at the foreign supplier too: our number, and theirs. */
export async function sentTo(
  desk: TestDesk,
  { supplierId }: Foreign,
): Promise<{ ours: number; theirs: number }> {
  const { id: ours } = await logged(desk)
  const { sync } = await act(desk, ours, 'Escalate to MSP', 'Please look.', {
    supplier_id: supplierId,
  })
  if (sync?.state !== 'synced' || !sync.remote_ticket_id)
    throw new Error(`The escalation is ${sync?.state}: ${sync?.error}`)
  return { ours, theirs: sync.remote_ticket_id }
}

/** Check, or Send again, of an action whose fate is not known. */
export async function ask(
  desk: TestDesk,
  { connectionId }: Foreign,
  { sync }: Wire.Action,
  check: boolean,
): Promise<void> {
  await desk.agent.post(`connection/${connectionId}/replay`, { ids: [sync?.id], check })
}
