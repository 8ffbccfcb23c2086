import { seams } from './seams'

/** One mail to one person, as the outbox holds it. */
export interface Mail {
  uid: string
  from: { name: string; address: string }
  to: string
  subject: string
  html: string
  text: string
  /** The mail that all mails of a ticket refer to, so that mail programs show them together. */
  thread: string
}

/** What became of handing a mail over. `later` also where nobody knows whether it went: a repeat carries the same uid (Q16). */
export type Handed =
  | { kind: 'sent'; messageId: string }
  | { kind: 'refused'; words: string }
  | { kind: 'later'; words: string }

/** Refusals that another try cannot change. Everything else may pass: a quota, a sender that an operator has yet to verify. */
const FINAL =
  /\bE_(VALIDATION_ERROR|FIELD_MISSING|INVALID_[A-Z_]+|HEADER_[A-Z_]+|TOO_MANY_RECIPIENTS|CONTENT_TOO_LARGE|RECIPIENT_NOT_ALLOWED|RECIPIENT_SUPPRESSED)\b/

const HAND_OVER_MS = 10_000
const ADDRESS = /^[^\s@<>(),;:"\\]+@[^\s@<>(),;:"\\]+$/

/** The address a desk writes from. Without a mail domain only a local deployment sends, to where a person can read it. */
export const senderAddress = (slug: string, mailDomain: string): string =>
  `${slug}@${mailDomain || LOCAL_DOMAIN}`
const LOCAL_DOMAIN = 'mail.localhost'

/** Hands one mail to the provider. Never throws. Headers are set by name, and nothing of a person's text gets into them (T30). */
export async function handOver(
  env: Pick<Env, 'EMAIL' | 'ENVIRONMENT'>,
  mail: Mail,
): Promise<Handed> {
  if (!ADDRESS.test(mail.to)) return { kind: 'refused', words: 'This is not an email address' }
  if (env.ENVIRONMENT === 'production' && mail.from.address.endsWith(`@${LOCAL_DOMAIN}`)) {
    return { kind: 'later', words: 'No mail domain is set for this deployment (MAIL_DOMAIN)' }
  }
  try {
    const sent = seams.sendMail(env, {
      from: { email: mail.from.address, name: mail.from.name },
      to: mail.to,
      subject: mail.subject,
      html: mail.html,
      text: mail.text,
      headers: { 'X-Baton-Mail': mail.uid, References: mail.thread },
    })
    const { messageId } = await Promise.race([sent, silence()])
    return { kind: 'sent', messageId }
  } catch (error) {
    const words = wordsOf(error)
    return FINAL.test(words) ? { kind: 'refused', words } : { kind: 'later', words }
  }
}

/** The provider puts its code beside the message; over a binding only the message may be left of the error. */
function wordsOf(error: unknown): string {
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string'
      ? `${error.code}: `
      : ''
  const words = error instanceof Error ? error.message : String(error)
  return `${words.startsWith(code) ? '' : code}${words}`.slice(0, 500)
}

const silence = (): Promise<never> =>
  new Promise((_, reject) =>
    setTimeout(
      () => reject(new Error(`The mail server did not answer within ${HAND_OVER_MS / 1000} s`)),
      HAND_OVER_MS,
    ),
  )
