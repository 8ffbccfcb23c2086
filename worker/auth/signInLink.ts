import { sql } from 'drizzle-orm'
import { account, membership } from '../../db/schema'
import { audited } from '../desk/audit'
import { sendAccountLetter } from '../mail/accountLetters'
import { openDb, type Db } from '../platform/database'
import type { Instance } from '../platform/directory'
import { log } from '../platform/log'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { issueOneTime, readOneTime, spendOneTime } from './oneTime'
import { hashPassword, judgePassword } from './password'
import type { Principal } from './principal'
import { lookUp, signInByMail, withNewPassword, type SignedIn } from './sessions'
import { countMail } from './throttle'

/**
 * Mails a link that signs its reader in, for who has forgotten the password or never had one. Known and unknown addresses are answered
 * alike, and before anything is sent (T11): the sending is handed to `later`. Throws TOO_MANY.
 */
export async function askForLink(
  env: Env,
  request: Request,
  { instance, base, email }: { instance: Instance; base: string; email: string },
  later: (work: Promise<void>) => void,
): Promise<void> {
  const db = openDb(env, instance.t)
  await countMail(db, request, email)
  const send = async () => {
    const { known, invited } = await lookUp(db, email)
    const reader = invited ?? known
    if (!reader) return
    const { token, statement } = await issueOneTime(db, {
      kind: 'sign_in',
      t: instance.t,
      email,
      data: {},
    })
    await statement
    await sendAccountLetter(env, {
      to: email,
      subject: `Sign in to ${instance.name}`,
      lines: [
        `Hello ${reader.name}, this link signs you in to ${instance.name}. There you can also choose a new password.`,
        'It works once, for 15 minutes.',
      ],
      link: { text: 'Sign in', url: `${base}/sign-in/link#${token}` },
    })
  }
  later(send().catch((error: unknown) => log('error', { what: 'sign-in link', error })))
}

const INVITATION_MS = 7 * 24 * 60 * 60_000

/**
 * Mails an agent the link that makes them one: opening it shows that the address is theirs. `again` is who asks for another one, which
 * the audit says; the first one goes with saving the agent. Throws MAIL_NOT_SENT.
 */
export async function inviteAgent(
  env: Env,
  { instance, base }: { instance: Instance; base: string },
  { name, email }: { name: string; email: string },
  again?: string,
): Promise<void> {
  const db = openDb(env, instance.t)
  const { token, statement } = await issueOneTime(
    db,
    { kind: 'sign_in', t: instance.t, email, data: {} },
    INVITATION_MS,
  )
  await db.orm.batch([
    statement,
    ...(again === undefined ? [] : [audited(db, again, 'invited an agent again', { email })]),
  ])
  await sendAccountLetter(env, {
    to: email,
    subject: `Join ${instance.name} as an agent`,
    lines: [
      `Hello ${name}, an admin of ${instance.name} has made you an agent of its service desk.`,
      'The link signs you in; there you can choose a password. It works once, for 7 days.',
    ],
    link: { text: 'Join', url: `${base}/sign-in/link#${token}` },
  })
}

/**
 * Signs in by such a link, and sets a new password where one is given: then every other session ends (T24). The link is used up, but
 * not by a password that is refused. Throws LINK_USED, VALIDATION on `password`, SUSPENDED.
 */
export async function openLink(
  env: Env,
  instance: Instance,
  { token, password }: { token: string; password?: string | undefined },
  before: Principal,
): Promise<{ cookie: string; who: SignedIn }> {
  const db = openDb(env, instance.t)
  const { hash, t, email } = await readOneTime(db, 'sign_in', token)
  if (t !== instance.t) throw new Problem('LINK_USED')
  const { known, invited } = await lookUp(db, email)
  const reader = invited ?? known
  if (!reader) throw new Problem('LINK_USED')
  if (password !== undefined)
    judgePassword(
      password,
      [email, email.split('@')[0] ?? '', ...reader.name.split(' ')],
      'password',
    )
  const [spent] = await spendOneTime(db, 'sign_in', hash)
  if (!spent) throw new Problem('LINK_USED')
  const owner = invited ? await join(db, invited, email) : known
  if (password !== undefined && owner)
    await db.orm.batch(withNewPassword(db, owner, await hashPassword(password)))
  return signInByMail(env, instance, email, before)
}

/** Makes the agent the place of the address's account, which begins here where there is none. */
async function join({ orm, t }: Db, { id, name }: { id: number; name: string }, email: string) {
  const accountId = sql<number>`(select ${account.id} from ${account} where ${account.email} = ${email})`
  const [, [made]] = await orm.batch([
    orm.insert(account).values({ email, name, createdAt: seams.now() }).onConflictDoNothing(),
    orm
      .insert(membership)
      .values({ t, agentId: id, accountId })
      .returning({ accountId: membership.accountId }),
    audited({ orm, t }, `agent:${id}`, 'joined'),
  ])
  return made && { kind: 'agent' as const, id, accountId: made.accountId }
}
