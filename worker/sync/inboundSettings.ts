import { and, eq } from 'drizzle-orm'
import { connection } from '../../db/schema'
import { actorOf, type Staff } from '../auth/principal'
import { audited } from '../desk/audit'
import { found, isKeyCollision, type Db } from '../platform/database'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { catalogueQuery, readCatalogue, storeCatalogue, type StoredCatalogue } from './catalogue'
import { mappingsQuery, rowQuery, type ConnectionRow } from './connections'
import {
  checkMappings,
  localListsOf,
  localListsQueries,
  namesUnknown,
  publishStatements,
  sameMappings,
  type MappingDraft,
} from './mappings'
import { deriveUnapplied } from './mergeAnswer'
import { fetchLists } from './partnerLists'
import { targetOf, type World } from './partnerFetch'
import { TokenKeeper } from './partnerToken'

/** The partner's lists as last fetched. Throws NOT_FOUND, NOT_VERIFIED where they never were. */
export async function storedLists(db: Db, id: number): Promise<StoredCatalogue> {
  const [rows, catalogues] = await db.orm.batch([rowQuery(db, id), catalogueQuery(db, [id])])
  found(rows[0])
  const stored = readCatalogue(catalogues[0])
  if (!stored) throw notVerified()
  return stored
}

/** The partner's lists, fetched now; when the partner fails, the stored ones stay. Throws NOT_FOUND, NOT_VERIFIED, PARTNER. */
export async function fetchedLists(world: World, db: Db, id: number): Promise<StoredCatalogue> {
  const [row] = await rowQuery(db, id)
  return refreshLists(world, db, found(row))
}

const notVerified = () =>
  new Problem('NOT_VERIFIED', {
    message: 'The connection is not verified, so the partner’s lists are unknown',
  })

async function refreshLists(world: World, db: Db, row: ConnectionRow): Promise<StoredCatalogue> {
  const target = targetOf(row)
  if (!target || row.verifiedAt === null) throw notVerified()
  try {
    const got = await new TokenKeeper().token(world, row)
    if (got.kind !== 'token')
      throw new Problem('PARTNER', {
        message: got.kind === 'refused' ? got.words : 'The partner gave no token',
        fix: 'Authenticate the connection.',
      })
    const { lists, etag } = await fetchLists(world, target, got.token, row.dialect ?? 'baton')
    await storeCatalogue(db, row.id, lists, etag)
    return { catalogue: lists, etag, fetchedAt: seams.now() }
  } catch (error) {
    if (error instanceof Problem) {
      const failed = { lastError: error.message, lastErrorAt: seams.now() }
      await db.orm
        .update(connection)
        .set(failed)
        .where(and(eq(connection.t, db.t), eq(connection.id, row.id)))
    }
    throw error
  }
}

/**
 * Publishes a connection's whole set of mappings as the next version. A set that names something new at the partner has its lists
 * fetched again first. Throws NOT_FOUND, VALIDATION (see `checkMappings`), CONFLICT where somebody else published meanwhile.
 */
export async function publishMappings(
  world: World,
  db: Db,
  who: Staff,
  id: number,
  drafts: MappingDraft[],
  path: string,
): Promise<void> {
  const [rows, catalogues, now, ...lists] = await db.orm.batch([
    rowQuery(db, id),
    catalogueQuery(db, [id]),
    mappingsQuery(db, id),
    ...localListsQueries(db),
  ])
  const row = found(rows[0])
  const checked = checkMappings(
    drafts,
    row.kind,
    localListsOf(lists),
    await listsFor(world, db, row, readCatalogue(catalogues[0]), drafts),
    path,
  )
  if (sameMappings(checked, now)) return
  try {
    await db.orm.batch([
      ...publishStatements(db, id, row.mappingVersion + 1, checked),
      audited(db, actorOf(who), 'published mappings', {
        connection: id,
        version: row.mappingVersion + 1,
        count: checked.length,
      }),
    ])
  } catch (error) {
    if (isKeyCollision(error, 'mapping')) throw new Problem('CONFLICT')
    throw error
  }
  await deriveUnapplied(db, id)
}

/** The partner’s lists to check a set against: fetched again where it names something new, null where none are known. */
export async function listsFor(
  world: World,
  db: Db,
  row: ConnectionRow,
  stored: StoredCatalogue | null,
  drafts: MappingDraft[],
) {
  if (!stored || row.verifiedAt === null || !namesUnknown(drafts, stored.catalogue))
    return stored?.catalogue ?? null
  try {
    return (await refreshLists(world, db, row)).catalogue
  } catch (error) {
    if (error instanceof Problem) return stored.catalogue // the partner is down; what is known must do
    throw error
  }
}
