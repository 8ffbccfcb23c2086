import { eq, sql } from 'drizzle-orm'
import { throttle } from '../../db/schema'
import type { Db } from '../platform/database'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'

const MINUTE_MS = 60_000
const WINDOW_MS = 15 * MINUTE_MS
const LONGEST_MS = 4 * 60 * MINUTE_MS
const FORGET_MS = 24 * 60 * MINUTE_MS
/** Tries in a window: of one account from one address, and of one address over all accounts (T27). */
const PER_ACCOUNT = 5
const PER_ADDRESS = 50

/**
 * Counts a try before its password is computed, so that a thousand at once get no further than a thousand in turn. The count is of an
 * account from one address: whoever guesses locks out themselves, and the owner still gets in from elsewhere (T27). Each further try
 * after the limit waits twice as long, up to four hours; a day of quiet forgets. Answers the seconds to wait, or null to go on.
 */
export async function countTry(db: Db, keys: TryKeys): Promise<number | null> {
  const now = seams.now()
  const count = async (key: string, limit: number) => {
    const [went, [row]] = await db.orm.batch([
      counted(db.orm, key, limit, now),
      db.orm.select({ until: throttle.until }).from(throttle).where(eq(throttle.key, key)),
    ])
    return went.length > 0 ? null : Math.max(1, Math.ceil(((row?.until ?? 0) - now) / 1000))
  }
  // One after the other: a try that its account refuses computes nothing, so it must not lock out the rest of an office.
  return (await count(keys.account, PER_ACCOUNT)) ?? (await count(keys.address, PER_ADDRESS))
}

/** Mails about an account in a window: to one address, and asked for from one place. */
const MAILS_TO = 3
const MAILS_FROM = 20

/** Counts a mail that somebody who is not signed in asks for, so that nobody fills another's mailbox. Throws TOO_MANY. */
export async function countMail({ orm }: Db, request: Request, email: string): Promise<void> {
  const now = seams.now()
  const { address } = tryKeys(request, email)
  const [to, from] = await orm.batch([
    counted(orm, `mail:${email}`, MAILS_TO, now),
    counted(orm, `mail-${address}`, MAILS_FROM, now),
  ])
  if (to.length === 0 || from.length === 0)
    throw new Problem('TOO_MANY', { retryAfterS: WINDOW_MS / 1000 })
}

/** The statements that take a try back after it turned out right; they go in the batch that signs the person in. */
export const takeBack = ({ orm }: Db, keys: TryKeys) =>
  [
    orm.delete(throttle).where(eq(throttle.key, keys.account)),
    orm
      .update(throttle)
      .set({ fails: sql`max(${throttle.fails} - 1, 0)` })
      .where(eq(throttle.key, keys.address)),
  ] as const

export interface TryKeys {
  account: string
  address: string
}

/** Where a request comes from; "" where that is not known. Of IPv6 only the network counts: everybody has many addresses there. */
export function placeOf(request: Request): string {
  const ip = request.headers.get('cf-connecting-ip') ?? ''
  return ip.includes(':') ? networkOf(ip) : ip
}

/** Whose try it is and where it comes from. */
export function tryKeys(request: Request, account: string): TryKeys {
  const place = placeOf(request)
  return { account: `try:${account}@${place}`, address: `from:${place}` }
}

/** The first 64 bits of an IPv6 address. */
function networkOf(ip: string): string {
  const [head = '', tail] = ip.split('::')
  const front = head.split(':').filter(Boolean)
  const back = tail?.split(':').filter(Boolean) ?? []
  const zeros = Array<string>(
    tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length),
  ).fill('0')
  return [...front, ...zeros, ...back]
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':')
}

/** Gives a row when the try may go on, none when it must wait. The decision and the count are one statement. */
function counted(orm: Db['orm'], key: string, limit: number, now: number) {
  const { fails, until } = throttle
  const afresh = sql`((${fails} < ${limit} and ${until} <= ${now}) or ${until} + ${FORGET_MS} <= ${now})`
  const lockMs = sql`min(${WINDOW_MS} << min(${fails} + 1 - ${limit}, 8), ${LONGEST_MS})`
  return orm
    .insert(throttle)
    .values({ key, fails: 1, until: now + WINDOW_MS })
    .onConflictDoUpdate({
      target: throttle.key,
      set: {
        fails: sql`case when ${afresh} then 1 else ${fails} + 1 end`,
        until: sql`case when ${afresh} then ${now + WINDOW_MS} when ${fails} + 1 < ${limit} then ${until} else ${now} + ${lockMs} end`,
      },
      setWhere: sql`${fails} < ${limit} or ${until} <= ${now}`,
    })
    .returning({ until })
}
