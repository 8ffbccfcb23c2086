import { z } from 'zod'
import { plainText } from '../desk/html'
import { backoff } from '../platform/backoff'
import { runBatch, type Db } from '../platform/database'
import { fault } from '../platform/fault'
import { handOver, type Handed } from '../platform/mailer'
import { seams } from '../platform/seams'
import { claimMail, MOST_AT_ONCE, nextMailQuery, settleMail, type DueMail } from './outbox'

const IN_FLIGHT = 4
const MOST_ROUNDS = 20

/** After so long a mail nobody may send, such as one of a suspended instance, is looked at again. */
const STUCK_MS = 60 * 60_000

/**
 * Sends what is due of one desk. Answers when to look again: the time of the next try, or null when nothing waits. A mail that fails
 * waits for its own next try and holds up no other.
 */
export async function sendDueMail(
  env: Pick<Env, 'EMAIL' | 'ENVIRONMENT' | 'MAIL_DOMAIN'>,
  db: Db,
): Promise<number | null> {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const now = seams.now()
    const [claimed, [next]] = await db.orm.batch([claimMail(db, now), nextMailQuery(db)])
    if (claimed.length === 0) return lookAt(next?.at ?? null, now)
    FAULTS && (await fault('P11'))
    const tried = await inTurns(claimed, async (mail) => ({ mail, handed: await send(env, mail) }))
    FAULTS && (await fault('P12'))
    const at = await settle(db, tried)
    if (claimed.length < MOST_AT_ONCE) return at
  }
  return seams.now()
}

/** When to look again where nothing could be taken: what is due and stays so is nobody's to send now. */
const lookAt = (next: number | null, now: number): number | null =>
  next !== null && next <= now ? now + STUCK_MS : next

async function send(
  env: Pick<Env, 'EMAIL' | 'ENVIRONMENT' | 'MAIL_DOMAIN'>,
  mail: DueMail,
): Promise<Handed> {
  const domain = mail.fromAddress.split('@')[1] ?? ''
  return handOver(env, {
    uid: mail.uid,
    from: { name: mail.fromName, address: mail.fromAddress },
    to: mail.toAddress,
    subject: mail.subject,
    html: mail.html,
    text: plainText(mail.html),
    thread: `<${mail.ticketUid ?? mail.uid}@${domain}>`,
  })
}

const TRIES = 3
const NextRow = z.tuple([z.object({ at: z.number().nullable() })])

/**
 * Writes down what became of the mails. Tried again at once where the database does not answer: a mail that went and is not written
 * down goes a second time. The statements may run twice.
 */
async function settle(db: Db, tried: { mail: DueMail; handed: Handed }[]): Promise<number | null> {
  const now = seams.now()
  const outcomes = tried.map(({ mail, handed }) => ({
    mail,
    handed,
    waitMs: backoff(mail.attempts, null, seams.random()),
  }))
  for (let tries = 1; ; tries += 1) {
    try {
      const statements = outcomes.flatMap(({ mail, handed, waitMs }) =>
        settleMail(db, mail, handed, waitMs, now),
      )
      const results = await runBatch(db, [...statements, nextMailQuery(db)])
      return NextRow.parse(results.at(-1))[0].at
    } catch (error) {
      if (tries >= TRIES) throw error
    }
  }
}

async function inTurns<T, R>(all: T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (let from = 0; from < all.length; from += IN_FLIGHT)
    done.push(...(await Promise.all(all.slice(from, from + IN_FLIGHT).map(work))))
  return done
}
