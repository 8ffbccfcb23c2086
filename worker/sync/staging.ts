import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm'
import { attachment, connection, link, missingFile } from '../../db/schema'
import type { Partner } from '../auth/principal'
import { insertFiles, notGoing, type Attachment } from '../desk/attachments'
import { fileKey, storeBytes, storeStream, type StoredFile } from '../desk/files'
import { mustHaveRoom, usageQuery } from '../desk/fileUsage'
import { isKeyCollision, runBatch, type Db } from '../platform/database'
import type { Instance } from '../platform/directory'
import { limits } from '../platform/limits'
import { once } from '../platform/once'
import { Problem } from '../platform/problem'

/**
 * A partner's files before their message (R9, protocol.md §3): known by the partner's tenant and the uid, for the link that their
 * message will name. They are nobody's until a message of that link is taken; after four days the sweep removes them.
 */
export interface Staging {
  uid: string
  linkUid: string
  filename: string
  cid: string | undefined
  size: number
  sha256: string
}

export type Staged = Pick<Attachment, 'uid' | 'size' | 'sha256'> & { repeat: boolean }

/** Where it runs. */
export interface Here {
  env: Pick<Env, 'FILES'>
  db: Db
  instance: Instance
}

/** How a partner is written as the one who stored a file: by tenant, so that a repeat after a new link is known (R2). */
export const stagedBy = (partnerTenant: string): string => `partner:${partnerTenant}`

/**
 * Takes a file that a partner streams. A repeat is answered from memory. Throws PAUSED, NOT_SUPPORTED, LINK_UNKNOWN, TICKET_GONE, LOOP,
 * CONTENT_MISMATCH, IN_PROGRESS (the sweep has it), TOO_LARGE, STORAGE_FULL, DAMAGED.
 */
export function stageStream(
  here: Here,
  who: Partner,
  staging: Staging,
  body: ReadableStream<Uint8Array>,
): Promise<Staged> {
  const { env, instance } = here
  return stage(here, who, staging, () =>
    storeStream(env, instance.tenantId, incoming(staging), body, staging.size),
  )
}

/** The same for a small file that came inside a message. */
export function stageBytes(
  here: Here,
  who: Partner,
  staging: Staging,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Staged> {
  const { env, instance } = here
  return stage(here, who, staging, () =>
    storeBytes(env, instance.tenantId, incoming(staging), bytes),
  )
}

const incoming = ({ filename, cid, uid, sha256 }: Staging) => ({
  filename,
  ...(cid && { cid }),
  foreign: { uid, sha256 },
})

async function stage(
  here: Here,
  who: Partner,
  staging: Staging,
  store: () => Promise<StoredFile>,
): Promise<Staged> {
  const { db, env, instance } = here
  const { known, partnerTenant } = await look(db, who, staging)
  if (known) return repeat(db, known, staging, partnerTenant)
  const stored = await store()
  try {
    await runBatch(db, [
      ...insertFiles(db, [stored], {
        actor: stagedBy(partnerTenant),
        stagedFor: staging.linkUid,
      }),
      ...attachAwaited(db, staging.uid, partnerTenant),
    ])
  } catch (error) {
    if (!isKeyCollision(error, 'attachment')) throw error
    // Another try of the same file was faster; this one's bytes are nobody's.
    await env.FILES.delete(fileKey(instance.tenantId, stored.object ?? stored.uid))
    const again = await look(db, who, staging)
    if (!again.known) throw error
    return repeat(db, again.known, staging, partnerTenant)
  }
  return { uid: stored.uid, size: stored.size, sha256: stored.sha256, repeat: false }
}

/** What decides whether a file may come: the connection, the link it is for, whether we have it, and whether there is room. */
async function look({ orm, t, ...db }: Db, who: Partner, staging: Staging) {
  const [[on], [linked], [known], [used], [loose]] = await orm.batch([
    orm
      .select({
        kind: connection.kind,
        state: connection.state,
        partnerTenant: connection.partnerTenantId,
      })
      .from(connection)
      .where(and(eq(connection.t, t), eq(connection.id, who.connectionId))),
    orm
      .select({ state: link.state })
      .from(link)
      .where(
        and(eq(link.t, t), eq(link.connectionId, who.connectionId), eq(link.uid, staging.linkUid)),
      ),
    orm
      .select()
      .from(attachment)
      .where(and(eq(attachment.t, t), eq(attachment.uid, staging.uid))),
    usageQuery({ orm, t, ...db }),
    orm
      .select({ bytes: sql<number | null>`sum(${attachment.size})`.as('bytes') })
      .from(attachment)
      .where(
        and(
          eq(attachment.t, t),
          isNotNull(attachment.sweepAt),
          sql`${attachment.byActor} = (select 'partner:' || c.partner_tenant_id from ${connection} c where c.t = ${t} and c.id = ${who.connectionId})`,
        ),
      ),
  ])
  if (!on) throw new Problem('UNAUTHORIZED')
  if (on.state === 'paused') throw new Problem('PAUSED', { retryAfterS: 300 })
  if (!on.partnerTenant) throw new Problem('NOT_SUPPORTED')
  if (linked?.state === 'gone') throw new Problem('TICKET_GONE')
  // A ticket that is still to come has no link here. Only customers send tickets; an unknown link and another's look alike (T21).
  if (linked ? linked.state === 'ended' : on.kind !== 'customer') throw new Problem('LINK_UNKNOWN')
  if (!known) {
    if (staging.size > limits.fileBytes)
      throw new Problem('TOO_LARGE', {
        message: `The file is larger than ${limits.fileBytes / 1024 / 1024} MB`,
      })
    mustHaveRoom(used?.bytes, staging.size)
    if ((loose?.bytes ?? 0) + staging.size > limits.stagedBytes)
      throw new Problem('STORAGE_FULL', {
        message: 'Too many files wait here for the messages that name them',
      })
  }
  return { known, partnerTenant: on.partnerTenant }
}

/** A file that we have: the same again is answered as before, and for the link that is named now; another is refused (F20). */
async function repeat(
  db: Db,
  known: Attachment,
  { uid, linkUid, size, sha256 }: Staging,
  partnerTenant: string,
): Promise<Staged> {
  if (known.byActor !== stagedBy(partnerTenant))
    throw new Problem('LOOP', { message: 'This file is one of this desk itself' })
  if (known.sha256 !== sha256 || known.size !== size)
    throw new Problem('CONTENT_MISMATCH', {
      message: 'A file of this uid was taken before with other content',
    })
  if (known.sweepAt === 0) throw new Problem('IN_PROGRESS')
  if (known.actionId === null && known.deletedAt === null)
    await runBatch(db, [
      ...(known.stagedFor === linkUid
        ? []
        : [
            db.orm
              .update(attachment)
              .set({ stagedFor: linkUid })
              .where(
                and(eq(attachment.t, db.t), eq(attachment.uid, uid), isNull(attachment.actionId)),
              ),
          ]),
      ...attachAwaited(db, uid, partnerTenant),
    ])
  return { uid, size, sha256, repeat: true }
}

/** The statements that put a file on the action that named it and could not have it, where there is one. */
const attachAwaited = (db: Db, uid: string, partnerTenant: string) => [
  putOnAction(db, uid, partnerTenant),
  forgetMissing(db, uid, partnerTenant),
]

const putOnAction = once(({ orm, t }: Db, uid: string, partnerTenant: string) => {
  const named = sql`from ${missingFile} where ${missingFile.t} = ${t} and ${missingFile.uid} = ${uid} and ${missingFile.partnerTenant} = ${partnerTenant}`
  return orm
    .update(attachment)
    .set({
      ticketId: sql`(select ${missingFile.ticketId} ${named})`,
      actionId: sql`(select ${missingFile.actionId} ${named})`,
      sweepAt: null,
    })
    .where(
      and(
        eq(attachment.t, t),
        eq(attachment.uid, uid),
        isNull(attachment.actionId),
        notGoing,
        sql`exists (select 1 ${named})`,
      ),
    )
})

const forgetMissing = once(({ orm, t }: Db, uid: string, partnerTenant: string) =>
  orm
    .delete(missingFile)
    .where(
      and(
        eq(missingFile.t, t),
        eq(missingFile.uid, uid),
        eq(missingFile.partnerTenant, partnerTenant),
        sql`exists (select 1 from ${attachment} where ${attachment.t} = ${t} and ${attachment.uid} = ${uid} and ${attachment.actionId} is not null)`,
      ),
    ),
)
