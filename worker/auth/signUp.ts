import { FIRST_AGENT } from '../../db/seed/defaults'
import { startingDesk, type Start } from '../../db/seed/starts'
import { checkSlug, newInstance, slugTaken } from '../desk/newInstance'
import { sendAccountLetter } from '../mail/accountLetters'
import { openDb } from '../platform/database'
import type { Instance } from '../platform/directory'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'
import { issueOneTime, readOneTime, spendOneTime } from './oneTime'
import type { Principal } from './principal'
import { signInByMail, type SignedIn } from './sessions'
import { countMail } from './throttle'

/** What somebody fills in who wants a desk. */
export interface WantedDesk {
  name: string
  slug: string
  start: Start
  email: string
}

/**
 * Takes a wish for a desk and mails the link that confirms it; until then nothing is made and no name is held. Whether the address has
 * an account shows nowhere (T11). Throws VALIDATION on `slug`, TOO_MANY, MAIL_NOT_SENT.
 */
export async function askForDesk(
  env: Env,
  request: Request,
  { name, slug, start, email }: WantedDesk,
): Promise<void> {
  checkSlug(slug)
  if (await slugTaken(env, slug)) throw Problem.field('slug', 'this name is taken')
  const db = openDb(env, 0)
  await countMail(db, request, email)
  const { token, statement } = await issueOneTime(db, {
    kind: 'sign_up',
    t: null,
    email,
    data: { name, slug, start, tenantId: seams.uid() },
  })
  await statement
  await sendAccountLetter(env, {
    to: email,
    subject: `Confirm your desk “${slug}”`,
    lines: [
      `Somebody, you we hope, asked for the service desk “${slug}” in the name of ${email}.`,
      'Opening the link and confirming makes it, with you as its admin. The link works once, for a day.',
    ],
    link: {
      text: 'Confirm and open the desk',
      url: `${new URL(request.url).origin}/signup/confirm#${token}`,
    },
  })
}

/** What the link of a sign-up stands for, to be shown before it is confirmed. Throws LINK_USED. */
export async function wantedDesk(env: Env, token: string): Promise<WantedDesk> {
  const { email, data } = await readOneTime(openDb(env, 0), 'sign_up', token)
  return { ...data, email }
}

/**
 * Makes the desk, once however often this is asked, and signs its admin in. `slug` may differ from the one asked for, since that may
 * be taken meanwhile. Throws LINK_USED, VALIDATION on `slug`.
 */
export async function confirmDesk(
  env: Env,
  { token, slug: wished }: { token: string; slug?: string | undefined },
  before: Principal,
): Promise<{ cookie: string; who: SignedIn; instance: Instance }> {
  const db = openDb(env, 0)
  const { hash, email, data } = await readOneTime(db, 'sign_up', token)
  const { name, start, tenantId } = data
  const admin = { name: nameFrom(email), email }
  try {
    const instance = await newInstance(env, {
      slug: wished ?? data.slug,
      name,
      tenantId,
      desk: startingDesk(start, name, admin),
      accounts: [{ agentId: FIRST_AGENT, ...admin, password: null }],
      also: [spendOneTime(db, 'sign_up', hash)],
    })
    return { ...(await signInByMail(env, instance, email, before)), instance }
  } catch (error) {
    if (error instanceof Problem && error.code === 'CONFLICT') throw new Problem('LINK_USED') // it was confirmed at the same moment
    throw error
  }
}

/** `kim.owner@…` is Kim Owner until they say otherwise. */
const nameFrom = (email: string): string =>
  (email.split('@')[0] ?? email)
    .split(/[._+-]+/)
    .filter(Boolean)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ') || email
