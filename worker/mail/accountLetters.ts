import { escapeHtml, plainText } from '../desk/html'
import { handOver, senderAddress } from '../platform/mailer'
import { Problem } from '../platform/problem'
import { seams } from '../platform/seams'

/** A mail about an account and no ticket. Its link lets in whoever opens it, so it is kept nowhere: not in the outbox, not in a log. */
export interface AccountLetter {
  to: string
  subject: string
  /** What it is about and what happens on opening it, in plain sentences. */
  lines: string[]
  link: { text: string; url: string }
}

const SENDER = 'baton'

/** Hands the mail over at once. Throws MAIL_NOT_SENT, so that whoever asked for it hears of it and asks again. */
export async function sendAccountLetter(env: Env, letter: AccountLetter): Promise<void> {
  const uid = seams.uid()
  const html = htmlOf(letter)
  const from = senderAddress(SENDER, env.MAIL_DOMAIN)
  const handed = await handOver(env, {
    uid,
    from: { name: 'Baton', address: from },
    to: letter.to,
    subject: letter.subject,
    html,
    text: plainText(html),
    thread: `<${uid}@${from.split('@')[1]}>`,
  })
  if (handed.kind !== 'sent')
    throw new Problem('MAIL_NOT_SENT', {
      message: `The mail to ${letter.to} could not be sent: ${handed.words}`,
    })
}

const htmlOf = ({ lines, link }: AccountLetter): string =>
  [
    ...lines.map((line) => `<p>${escapeHtml(line)}</p>`),
    `<p><a href="${escapeHtml(link.url)}">${escapeHtml(link.text)}</a></p>`,
    `<p>If the link cannot be opened, copy this address: ${escapeHtml(link.url)}</p>`,
    '<p>If you did not ask for this, do nothing: nobody can use it but you.</p>',
  ].join('')
