import { and, asc, eq, isNotNull, ne, sql } from 'drizzle-orm'
import { connection, customer, mapping, onlyThere, outbox, supplier } from '../../db/schema'
import { found, type Db } from '../platform/database'
import { seams } from '../platform/seams'
import type { MappingKind } from './mappings'
import { VERSION_FIX, versionWords } from './version'

export type ConnectionRow = typeof connection.$inferSelect

/** A connection as its API Access tab shows it. */
export type Connection = Awaited<ReturnType<typeof connectionsQuery>>[number] & {
  mappings: ShownMapping[]
}

export interface ShownMapping {
  connectionId: number
  kind: MappingKind
  remoteId: string
  remoteName: string
  localId: number
  localName: string | null
}

/** Stands for a secret that is stored; sent back as it was read, it changes nothing. */
export const MASK = '********'

const connectionsQuery = ({ orm, t }: Db, id?: number, ended = false) =>
  orm
    .select({
      row: connection,
      profileName: sql<string | null>`coalesce(${supplier.name}, ${customer.name})`.as(
        'profile_name',
      ),
      onlyThere:
        sql<number>`(select count(*) from ${onlyThere} p where p.t = ${t} and p.connection_id = ${connection.id})`.as(
          'only_there',
        ),
      waitingSince: sql<
        number | null
      >`(select min(o.at) from ${outbox} o where o.t = ${t} and o.connection_id = ${connection.id} and o.next_at is not null)`.as(
        'waiting_since',
      ),
      waiting:
        sql<number>`(select count(*) from ${outbox} o where o.t = ${t} and o.connection_id = ${connection.id} and o.next_at is not null)`.as(
          'waiting',
        ),
    })
    .from(connection)
    .leftJoin(supplier, and(eq(supplier.t, connection.t), eq(supplier.id, connection.supplierId)))
    .leftJoin(customer, and(eq(customer.t, connection.t), eq(customer.id, connection.customerId)))
    .where(
      and(
        eq(connection.t, t),
        id !== undefined
          ? eq(connection.id, id)
          : ended
            ? undefined
            : ne(connection.state, 'ended'),
      ),
    )
    .orderBy(asc(connection.id))

/** A connection that has not ended. */
export const rowQuery = ({ orm, t }: Db, id: number) =>
  orm
    .select()
    .from(connection)
    .where(and(eq(connection.t, t), eq(connection.id, id), ne(connection.state, 'ended')))

const localName = sql<string | null>`case ${mapping.kind}
  when 'status' then (select x.name from status x where x.t = ${mapping.t} and x.id = ${mapping.localId})
  when 'priority' then (select x.name from priority x where x.t = ${mapping.t} and x.id = ${mapping.localId})
  when 'category' then (select x.path from category x where x.t = ${mapping.t} and x.id = ${mapping.localId})
  when 'field' then (select x.label from field x where x.t = ${mapping.t} and x.id = ${mapping.localId})
  when 'outcome' then (select x.name from action_type x where x.t = ${mapping.t} and x.id = ${mapping.localId})
  when 'tickettype' then (select x.name from ticket_type x where x.t = ${mapping.t} and x.id = ${mapping.localId}) end`.as(
  'local_name',
)

export const mappingsQuery = ({ orm, t }: Db, connectionId?: number) =>
  orm
    .select({
      connectionId: mapping.connectionId,
      kind: mapping.kind,
      remoteId: mapping.remoteId,
      remoteName: mapping.remoteName,
      localId: mapping.localId,
      localName,
    })
    .from(mapping)
    .innerJoin(
      connection,
      and(
        eq(connection.t, mapping.t),
        eq(connection.id, mapping.connectionId),
        eq(connection.mappingVersion, mapping.version),
      ),
    )
    .where(
      and(
        eq(mapping.t, t),
        connectionId === undefined
          ? ne(connection.state, 'ended')
          : eq(mapping.connectionId, connectionId),
      ),
    )
    .orderBy(asc(mapping.connectionId), asc(mapping.kind), asc(mapping.remoteName))

/** Every connection of the desk that has not ended, with its mappings; with `ended` also those that have. */
export async function listConnections(db: Db, { ended = false } = {}): Promise<Connection[]> {
  const [rows, mappings] = await db.orm.batch([
    connectionsQuery(db, undefined, ended),
    mappingsQuery(db),
  ])
  return rows.map((one) => ({
    ...one,
    mappings: mappings.filter(({ connectionId }) => connectionId === one.row.id),
  }))
}

/** One connection. Throws NOT_FOUND. */
export async function readConnection(db: Db, id: number): Promise<Connection> {
  const [rows, mappings] = await db.orm.batch([connectionsQuery(db, id), mappingsQuery(db, id)])
  return { ...found(rows[0]), mappings }
}

/** How a connection stands, in words that say who must do what next (design.md §12). `fix` is null when there is nothing to do. */
export function healthOf({
  row,
  profileName,
  waiting,
}: Pick<Connection, 'row' | 'profileName' | 'waiting'>): {
  words: string
  fix: string | null
} {
  const partner = profileName ?? row.partnerName ?? 'the partner'
  const queue =
    waiting > 0 ? ` ${waiting} ${waiting === 1 ? 'message waits' : 'messages wait'}.` : ''
  switch (row.state) {
    case 'ended':
      return {
        words: `${endWords(row, partner)} The tickets stay on both desks.`,
        fix: 'To go on, make a new connection on the profile.',
      }
    case 'paused':
      return {
        words: `${row.stateReason ?? 'Paused: nothing is sent or taken.'}${queue}`,
        fix: 'Resume it; what waits then goes on in order.',
      }
    case 'broken':
      return {
        words: `${row.stateReason ?? `${partner} refuses our credentials.`}${queue}`,
        fix: 'Correct the values of the partner on the API Access tab, then authenticate the connection.',
      }
    case 'setup':
      return setupHealth(row, partner)
    case 'live':
      return liveHealth(row, partner, queue)
  }
}

/** Who ended a connection: which desk, and who there. */
export const endedBy = (
  { endedBy: name, endedThere }: Pick<ConnectionRow, 'endedBy' | 'endedThere'>,
  partner: string,
): string => `${endedThere ? partner : 'This desk'}${name ? ` (${name})` : ''}`

function endWords(row: ConnectionRow, partner: string): string {
  const told =
    row.tellAt === null ? '' : ` ${partner} has not been told yet; that is tried again by itself.`
  return `${endedBy(row, partner)} has ended this connection.${told}`
}

function setupHealth(row: ConnectionRow, partner: string): { words: string; fix: string } {
  const missing = missingValues(row)
  if (!row.allowAccess)
    return {
      words: `${partner} may not reach this instance yet.`,
      fix: `Switch on Allow access and give ${partner} the values shown here.`,
    }
  if (missing.length > 0)
    return {
      words: `Values of ${partner} are missing.`,
      fix: `Enter what the profile at ${partner} shows: ${missing.join(', ')}.`,
    }
  return {
    words: `Not verified: nothing is sent to ${partner}.`,
    fix: 'Press Authenticate connection.',
  }
}

function liveHealth(
  row: ConnectionRow,
  partner: string,
  queue: string,
): { words: string; fix: string | null } {
  if (!row.allowAccess)
    return {
      words: `We can send to ${partner}, but ${partner} cannot reach this instance.${queue}`,
      fix: 'Switch on Allow access.',
    }
  if (row.holdUntil !== null && row.holdUntil > seams.now()) {
    return {
      words: `${partner} asked us to wait until ${new Date(row.holdUntil).toISOString()}.${queue}`,
      fix: null,
    }
  }
  if (row.lastError && (row.lastErrorAt ?? 0) > (row.lastOkAt ?? 0)) {
    return {
      words: `The last call to ${partner} failed: ${row.lastError.replace(/\.$/, '')}. It is tried again by itself.${queue}`,
      fix: null,
    }
  }
  const version = versionWords(row)
  return version === null
    ? { words: `Live.${queue}`, fix: null }
    : { words: `${version}${queue}`, fix: VERSION_FIX }
}

/** The values of the partner that are not entered yet, by the names that people see. */
export function missingValues(row: ConnectionRow): string[] {
  const values: [string, string | null][] = [
    ['authorisation URL', row.partnerAuthUrl],
    ['resource URL', row.partnerResourceUrl],
    ['tenant id', row.partnerTenantId],
    ['client id', row.partnerClientId],
    ['client secret', row.partnerSecret],
  ]
  return values.filter(([, value]) => !value).map(([name]) => name)
}

/** Everything that waits for this connection may go at once. */
export const makeDue = ({ orm, t }: Db, connectionId: number) =>
  orm
    .update(outbox)
    .set({ nextAt: seams.now() })
    .where(and(eq(outbox.t, t), eq(outbox.connectionId, connectionId), isNotNull(outbox.nextAt)))
