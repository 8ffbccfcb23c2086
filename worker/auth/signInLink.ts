import { sendAccountLetter } from '../mail/accountLetters'
import { openDb } from '../platform/database'
import type { Instance } from '../platform/directory'
import { log } from '../platform/log'
import { Problem } from '../platform/problem'
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
    const { known } = await lookUp(db, email)
    if (!known) return
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
        `Hello ${known.name}, this link signs you in to ${instance.name}. There you can also choose a new password.`,
        'It works once, for 15 minutes.',
      ],
      link: { text: 'Sign in', url: `${base}/sign-in/link#${token}` },
    })
  }
  later(send().catch((error: unknown) => log('error', { what: 'sign-in link', error })))
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
  const { known } = await lookUp(db, email)
  if (!known) throw new Problem('LINK_USED')
  if (password !== undefined)
    judgePassword(
      password,
      [email, email.split('@')[0] ?? '', ...known.name.split(' ')],
      'password',
    )
  const [spent] = await spendOneTime(db, 'sign_in', hash)
  if (!spent) throw new Problem('LINK_USED')
  if (password !== undefined)
    await db.orm.batch(withNewPassword(db, known, await hashPassword(password)))
  return signInByMail(env, instance, email, before)
}
