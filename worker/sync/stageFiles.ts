import { and, eq, isNotNull, sql } from 'drizzle-orm'
import { attachment, instance, outbox } from '../../db/schema'
import { openFile } from '../desk/attachments'
import type { Db } from '../platform/database'
import { fault } from '../platform/fault'
import { limits } from '../platform/limits'
import { problemIn } from '../platform/problem'
import { seams } from '../platform/seams'
import { classify, type Sent, type Verdict } from './classify'
import type { ConnectionRow } from './connections'
import type { FileOut } from './outgoingFiles'
import type { Answer, World } from './partnerFetch'
import { objectOf, type TokenKeeper } from './partnerToken'
import type { UnderWay } from './settle'
import { withToken } from './withToken'

/** After so many failures of a file its message goes without it (R9). */
const FOLLOWS_AFTER = 3
/** While files stream, the claim of their message is renewed so often. */
export const renewal = { everyMs: 15_000 }
/** Beyond the worst attempt: a claim must not end while its request may still be under way (R4). */
export const CLAIM_MS = 40_000

/** What staging came to. `verdict` is set where the message cannot go now: what it says counts for the message. */
export interface Staged {
  files: FileOut[]
  verdict: Verdict | null
  answered: { status: number; ms: number }
}

/** A message as far as its files are concerned. */
export interface WithFiles extends UnderWay {
  files: FileOut[]
}

/** Where and as whom it runs. */
export interface Sender {
  world: World
  db: Db
  keeper: TokenKeeper
  to: ConnectionRow
  /** Waits until one request more may go to the partner. */
  pace: () => Promise<void>
}

/**
 * Streams the files of a claimed message that the partner does not have yet, one after the other (protocol.md §3). A file that fails
 * holds the message twice; after that it follows by itself. Null when somebody else has claimed the message meanwhile.
 */
export async function stageFiles(from: Sender, claimed: WithFiles): Promise<Staged | null> {
  return claimed.files.some(({ state }) => state === 'open')
    ? whileRenewed(from.db, claimed, () => stageAll(from, claimed))
    : { files: claimed.files, verdict: null, answered: { status: 0, ms: 0 } }
}

async function stageAll(from: Sender, claimed: WithFiles): Promise<Staged> {
  const files = [...claimed.files]
  let answered: { status: number; ms: number } = { status: 0, ms: 0 }
  let failed: Extract<Verdict, { kind: 'retry' }> | null = null
  for (const [at, file] of files.entries()) {
    if (file.state !== 'open') continue
    const tried = await stageOne(from, claimed.linkUid, file)
    answered = tried.answered
    const { verdict } = tried
    switch (verdict.kind) {
      case 'staged':
        files[at] = { ...file, state: 'staged', why: null }
        break
      case 'failed':
        files[at] = { ...file, state: 'refused', why: verdict.words }
        if (claimed.kind === 'file') return { files, verdict, answered }
        break
      case 'retry': {
        const failures = file.failures + 1
        const state = failures >= FOLLOWS_AFTER && claimed.kind !== 'file' ? 'follows' : 'open'
        files[at] = { ...file, failures, state, why: verdict.words }
        if (state === 'open') failed = { ...verdict, words: `${file.filename}: ${verdict.words}` }
        break
      }
      default:
        return { files, verdict, answered }
    }
    FAULTS && (await fault('P6'))
  }
  // One that follows is all of its message.
  return {
    files,
    verdict: failed ?? (claimed.kind === 'file' ? { kind: 'staged' } : null),
    answered,
  }
}

/** Renews the claim while the work takes long; null when the claim is lost, whatever the work came to. */
async function whileRenewed<T>(
  { orm, t }: Db,
  { ticketId, actionId, connectionId, uid, attempts }: UnderWay,
  work: () => Promise<T>,
): Promise<T | null> {
  const renew = () =>
    orm
      .update(outbox)
      .set({ nextAt: seams.now() + CLAIM_MS })
      .where(
        and(
          eq(outbox.t, t),
          eq(outbox.ticketId, ticketId),
          eq(outbox.actionId, actionId),
          eq(outbox.connectionId, connectionId),
          eq(outbox.uid, uid),
          eq(outbox.attempts, attempts),
          isNotNull(outbox.nextAt),
        ),
      )
      .returning({ attempts: outbox.attempts })
  const working = work()
  for (;;) {
    const done = await within(working, renewal.everyMs)
    if (done) return done.result
    const [mine] = await renew()
    if (!mine) {
      await working.catch(() => undefined)
      return null
    }
  }
}

async function within<T>(work: Promise<T>, ms: number): Promise<{ result: T } | null> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms)
  })
  try {
    return await Promise.race([work.then((result) => ({ result })), late])
  } finally {
    clearTimeout(timer)
  }
}

type Tried = { verdict: Verdict; answered: { status: number; ms: number } }

/** One try of one file. */
async function stageOne(
  { world, db, keeper, to, pace }: Sender,
  linkUid: string,
  file: FileOut,
): Promise<Tried> {
  const stored = await storedFile(db, file.uid)
  if (!stored) return here('retry', 'It is not on this desk yet') // it follows from a partner of ours
  if (stored.deletedAt !== null) return here('failed', 'It was removed before it was sent')
  const sent = { uid: file.uid, linkUid, ticketId: null }
  let isDamaged = false
  const bytes = () =>
    openFile(world.env, stored.tenantId, stored, () => {
      isDamaged = true
    })
  const named = new URLSearchParams({
    link: linkUid,
    filename: file.filename,
    ...(file.cid !== null && { cid: file.cid }),
  })
  try {
    const { answer, verdict, answered } = await withToken(world, keeper, to, sent, async () => {
      await pace()
      return {
        door: 'api',
        path: `attachment/${file.uid}?${named.toString()}`,
        method: 'PUT',
        headers: {
          'content-type': 'application/octet-stream',
          'content-length': String(file.size),
          'repr-digest': `sha-256=:${Uint8Array.fromHex(file.sha256).toBase64()}:`,
        },
        body: await bytes(),
        deadlineMs: limits.fileAttemptMs,
      }
    })
    if (isDamaged) return here('failed', DAMAGED)
    return { verdict: verdict ?? meaning(answer, sent, file), answered }
  } catch (error) {
    if (problemIn(error)?.code === 'DAMAGED') return here('failed', DAMAGED)
    throw error
  }
}

const DAMAGED = 'It is damaged on this desk'

/** What this desk itself has to say of a file, before the partner is asked. */
const here = (kind: 'failed' | 'retry', words: string): Tried => ({
  verdict:
    kind === 'failed'
      ? { kind, words, fix: null, have: null }
      : { kind, words, retryAfterMs: null },
  answered: { status: 0, ms: 0 },
})

/** The file as it stands here; none where it has not come yet. */
async function storedFile({ orm, t }: Db, uid: string) {
  const [row] = await orm
    .select({
      uid: attachment.uid,
      object: attachment.object,
      size: attachment.size,
      sha256: attachment.sha256,
      deletedAt: attachment.deletedAt,
      tenantId: sql<string>`${instance.tenantId}`.as('tenant_id'),
    })
    .from(attachment)
    .innerJoin(instance, eq(instance.no, attachment.t))
    .where(and(eq(attachment.t, t), eq(attachment.uid, uid)))
  return row
}

/** What an answer to a staged file means: only its own uid and hash back is success. */
function meaning(answer: Answer, sent: Sent, file: FileOut): Tried['verdict'] {
  if (!('error' in answer) && (answer.status === 200 || answer.status === 201)) {
    const { uid, sha256 } = objectOf(answer.json)
    if (uid === file.uid && sha256 === file.sha256) return { kind: 'staged' }
  }
  return classify(answer, sent, 'baton')
}
