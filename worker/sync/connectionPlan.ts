import { and, eq, isNull, ne } from 'drizzle-orm'
import { connection, customer, module, supplier } from '../../db/schema'
import { newCredentials } from '../auth/clients'
import { among } from '../desk/lists'
import { found, type Db } from '../platform/database'
import { Problem } from '../platform/problem'
import { catalogueQuery, readCatalogue } from './catalogue'
import { mappingsQuery, MASK, type ConnectionRow } from './connections'
import { listsFor } from './inboundSettings'
import {
  checkMappings,
  localListsOf,
  localListsQueries,
  sameMappings,
  type LocalLists,
  type Mapping,
  type MappingDraft,
} from './mappings'
import type { World } from './partnerFetch'
import { partnerUrls, urlRules } from './partnerUrl'

/** What an admin sends for one connection; what is not named stays. An empty text empties, null sets a reference back. */
export interface ConnectionDraft {
  id?: number | undefined
  customerId?: number | undefined
  supplierId?: number | undefined
  allowAccess?: boolean | undefined
  partner?: PartnerDraft | undefined
  state?: 'live' | 'paused' | undefined
  unknownSender?: ConnectionRow['unknownSender'] | undefined
  defaultStatusId?: number | null | undefined
  defaultActionTypeId?: number | null | undefined
  defaultTicketTypeId?: number | null | undefined
  syncAttachments?: boolean | undefined
  shareAgents?: boolean | undefined
  mappings?: MappingDraft[] | undefined
}

export interface PartnerDraft {
  authUrl?: string | undefined
  resourceUrl?: string | undefined
  tenantId?: string | undefined
  clientId?: string | undefined
  secret?: string | undefined
}

/** What the drafts are judged by, in one trip. */
export async function readKnown(db: Db, drafts: ConnectionDraft[]) {
  const { orm, t } = db
  const numbers = (name: 'id' | 'customerId' | 'supplierId') =>
    drafts.flatMap((draft) => draft[name] ?? [])
  const [rows, customers, suppliers, modules, catalogues, mappings, ...lists] = await orm.batch([
    orm
      .select()
      .from(connection)
      .where(
        and(
          eq(connection.t, t),
          among(connection.id, numbers('id')),
          ne(connection.state, 'ended'),
        ),
      ),
    orm
      .select({ id: customer.id })
      .from(customer)
      .where(
        and(
          eq(customer.t, t),
          among(customer.id, numbers('customerId')),
          isNull(customer.deletedAt),
        ),
      ),
    orm
      .select({ id: supplier.id })
      .from(supplier)
      .where(
        and(
          eq(supplier.t, t),
          among(supplier.id, numbers('supplierId')),
          isNull(supplier.deletedAt),
        ),
      ),
    orm
      .select({ on: module.enabled })
      .from(module)
      .where(and(eq(module.t, t), eq(module.name, 'suppliers'))),
    catalogueQuery(db, numbers('id')),
    mappingsQuery(db),
    ...localListsQueries(db),
  ])
  return {
    rows,
    customers,
    suppliers,
    suppliersOn: modules[0]?.on ?? false,
    catalogues,
    mappings,
    local: localListsOf(lists),
  }
}
export type Known = Awaited<ReturnType<typeof readKnown>>

/** What saving a draft writes. Nothing in it can be refused any more. */
export interface Plan {
  id: number
  row: ConnectionRow | undefined
  set: Partial<typeof connection.$inferInsert> & Pick<typeof connection.$inferInsert, 'kind'>
  /** A secret we issue, in the answer only. */
  secret?: string
  /** The partner's secret, to be sealed; null removes it. */
  partnerSecret?: string | null
  mappings?: Mapping[]
  resumed: boolean
  /** What changes, for the audit. */
  names: string[]
}

/**
 * Decides what a draft makes of a connection. `at` is where the draft stands in what was sent, for the names of fields. Throws VALIDATION,
 * NOT_FOUND, MODULE_OFF.
 */
export async function planOf(
  world: World,
  db: Db,
  known: Known,
  draft: ConnectionDraft,
  at: string,
): Promise<Plan> {
  const row =
    draft.id === undefined ? undefined : found(known.rows.find(({ id }) => id === draft.id))
  const profile = row ? { kind: row.kind } : profileOf(known, draft, at)
  const plan: Plan = { id: row?.id ?? 0, row, set: { ...profile }, resumed: false, names: [] }
  const { set } = plan
  for (const name of ['allowAccess', 'unknownSender', 'syncAttachments', 'shareAgents'] as const) {
    if (draft[name] !== undefined && draft[name] !== row?.[name])
      Object.assign(set, { [name]: draft[name] })
  }
  planDefaults(plan, known.local, draft, at)
  planPartner(plan, world.env, draft.partner ?? {}, at)
  if (draft.state) planState(plan, draft.state)
  if (draft.mappings) {
    const stored = readCatalogue(
      known.catalogues.find(({ connectionId }) => connectionId === row?.id),
    )
    const remote = row ? await listsFor(world, db, row, stored, draft.mappings) : null
    const checked = checkMappings(
      draft.mappings,
      profile.kind,
      known.local,
      remote,
      `${at}mappings`,
    )
    if (
      !sameMappings(
        checked,
        known.mappings.filter(({ connectionId }) => connectionId === row?.id),
      )
    )
      plan.mappings = checked
  }
  // The first secret is made when it can be used for the first time, so that it is shown to whoever switches access on (G21).
  const allowed = set.allowAccess ?? row?.allowAccess ?? false
  if (!row || (allowed && row.issuedSecretHash === '')) {
    const issued = await newCredentials()
    if (!row) Object.assign(set, { issuedClientId: issued.clientId, issuedSecretHash: '' })
    if (allowed) Object.assign(set, { issuedSecretHash: issued.hash })
    if (allowed) plan.secret = issued.secret
  }
  plan.names = [
    ...Object.keys(set).filter((name) => name !== 'kind'),
    ...(plan.partnerSecret === undefined ? [] : ['partnerSecret']),
    ...(plan.mappings ? ['mappings'] : []),
  ]
  return plan
}

function profileOf(known: Known, draft: ConnectionDraft, at: string) {
  const { customerId, supplierId } = draft
  if ((customerId === undefined) === (supplierId === undefined))
    throw Problem.field(`${at}client_id`, 'name either a client_id or a supplier_id')
  if (customerId !== undefined) {
    found(
      known.customers.find(({ id }) => id === customerId),
      `${at}client_id`,
    )
    return { kind: 'customer' as const, customerId }
  }
  if (!known.suppliersOn) throw new Problem('MODULE_OFF')
  found(
    known.suppliers.find(({ id }) => id === supplierId),
    `${at}supplier_id`,
  )
  return { kind: 'supplier' as const, supplierId }
}

/** The settings that point into this desk's lists. A new connection starts with what is best for most: a hidden note (G60), the first type. */
function planDefaults(
  { row, set }: Plan,
  local: LocalLists,
  draft: ConnectionDraft,
  at: string,
): void {
  const { defaultStatusId, defaultActionTypeId, defaultTicketTypeId } = draft
  const has = (list: { id: number }[], id: number, name: string) =>
    found(
      list.find((one) => one.id === id),
      `${at}${name}`,
    )
  if (defaultStatusId !== undefined) {
    if (defaultStatusId !== null) has(local.status, defaultStatusId, 'default_status_id')
    set.defaultStatusId = defaultStatusId
  }
  if (defaultActionTypeId !== undefined) {
    if (defaultActionTypeId !== null)
      mayBeDefault(local, defaultActionTypeId, `${at}default_outcome_id`)
    set.defaultActionTypeId = defaultActionTypeId
  } else if (!row) {
    const quiet = local.outcome.filter(
      (one) =>
        one.systemUse === 'none' &&
        one.hideFromUser &&
        !one.sendEmail &&
        !one.sends &&
        !one.inactive,
    )
    set.defaultActionTypeId = (quiet.find(({ name }) => /note/i.test(name)) ?? quiet[0])?.id ?? null
  }
  if (set.kind === 'supplier') {
    if (defaultTicketTypeId) {
      throw Problem.field(
        `${at}default_tickettype_id`,
        'a supplier creates no tickets here, so this is set on a customer’s profile only',
      )
    }
  } else if (defaultTicketTypeId !== undefined) {
    if (defaultTicketTypeId !== null)
      has(local.tickettype, defaultTicketTypeId, 'default_tickettype_id')
    set.defaultTicketTypeId = defaultTicketTypeId
  } else if (!row) {
    set.defaultTicketTypeId = local.tickettype.find(({ inactive }) => !inactive)?.id ?? null
  }
}

function mayBeDefault(local: LocalLists, id: number, name: string): void {
  const type = found(
    local.outcome.find((one) => one.id === id),
    name,
  )
  if (type.inactive || ['logged', 'changed', 'log_to_supplier'].includes(type.systemUse))
    throw Problem.field(name, 'this action cannot be used as the default')
}

const trimmed = (text: string | undefined) => text?.replaceAll(/[\u200b\u2060\ufeff]/g, '').trim() // what a copy from a page brings along

/** The partner's five values. Where the address changes, the secret is not sent there: it and the verification go (T13). */
function planPartner(plan: Plan, env: Env, given: PartnerDraft, at: string): void {
  const { row, set } = plan
  const typed = {
    authUrl: trimmed(given.authUrl) ?? row?.partnerAuthUrl ?? undefined,
    resourceUrl: trimmed(given.resourceUrl) ?? row?.partnerResourceUrl ?? undefined,
  }
  const names = { authUrl: `${at}partner.auth_url`, resourceUrl: `${at}partner.resource_url` }
  const urlsGiven = given.authUrl !== undefined || given.resourceUrl !== undefined
  const urls = urlsGiven
    ? partnerUrls(typed, urlRules(env), names)
    : { authUrl: row?.partnerAuthUrl ?? null, resourceUrl: row?.partnerResourceUrl ?? null }
  const tenantId = trimmed(given.tenantId)?.toLowerCase() ?? row?.partnerTenantId ?? ''
  const clientId = trimmed(given.clientId) ?? row?.partnerClientId ?? ''
  const next = [
    ['partnerAuthUrl', urls.authUrl],
    ['partnerResourceUrl', urls.resourceUrl],
    ['partnerTenantId', tenantId || null],
    ['partnerClientId', clientId || null],
  ] as const
  for (const [name, value] of next) if (value !== (row?.[name] ?? null)) set[name] = value
  const changed = (name: (typeof next)[number][0]) => name in set && Boolean(row?.[name])
  // The tenant id alone decides who is called inside this deployment, so after a verification it is part of the address.
  if (
    changed('partnerAuthUrl') ||
    changed('partnerResourceUrl') ||
    (row?.verifiedAt && changed('partnerTenantId'))
  ) {
    plan.partnerSecret = null
    Object.assign(set, {
      verifiedAt: null,
      dialect: null,
      partnerName: null,
      holdUntil: null,
      stateReason: null,
    })
    if (row?.state === 'live' || row?.state === 'broken') set.state = 'setup'
  }
  const secret = trimmed(given.secret)
  if (secret !== undefined && secret !== MASK) plan.partnerSecret = secret || null
}

function planState(plan: Plan, state: 'live' | 'paused'): void {
  const { row, set } = plan
  if (!row) return
  if (state === 'paused' && row.state !== 'paused')
    Object.assign(set, { state: 'paused', stateReason: null })
  if (state === 'live' && (row.state === 'paused' || row.state === 'broken')) {
    const verified = set.verifiedAt === undefined ? row.verifiedAt !== null : false
    Object.assign(set, { state: verified ? 'live' : 'setup', stateReason: null, holdUntil: null })
    plan.resumed = verified
  }
}
