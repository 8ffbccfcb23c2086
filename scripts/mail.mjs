import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A message as the Worker handed it to `env.EMAIL.send`.
 * @typedef {object} Mail
 * @property {string} message_id
 * @property {string} at ISO 8601
 * @property {unknown} from
 * @property {unknown} to
 * @property {string} subject
 * @property {string} [text]
 * @property {string} [html]
 * @property {Record<string, string>} [headers]
 * @property {{filename: string, type: string, content: string}[]} [attachments] content is base64
 */

// Stands where the mail binding stands in production, with the same one method.
const SOURCE = `
import { WorkerEntrypoint } from 'cloudflare:workers'
const base64 = async (content) => typeof content === 'string'
  ? content
  : Buffer.from(await new Response(content).arrayBuffer()).toString('base64')
export class Mail extends WorkerEntrypoint {
  async send(message) {
    const attachments = await Promise.all((message.attachments ?? []).map(async (file) => ({ ...file, content: await base64(file.content) })))
    const answer = await this.env.POST.fetch('http://post/', { method: 'POST', body: JSON.stringify({ ...message, attachments }) })
    if (!answer.ok) throw new Error(await answer.text())
    return answer.json()
  }
}
export default { fetch: () => new Response('no', { status: 404 }) }
`

/**
 * The worker behind the EMAIL binding of a local deployment.
 * @param {(mail: Mail) => void | Promise<void>} send throws to refuse
 * @param {string | undefined} compatibilityDate
 */
export function mailWorker(send, compatibilityDate) {
  return {
    name: 'mail',
    modules: [{ type: /** @type {const} */ ('ESModule'), path: 'mail.js', contents: SOURCE }],
    compatibilityFlags: ['nodejs_compat'],
    ...(compatibilityDate === undefined ? {} : { compatibilityDate }),
    serviceBindings: {
      POST: async (/** @type {import('miniflare').Request} */ request) => {
        const messageId = `<${randomUUID()}@local.invalid>`
        try {
          /** @type {Omit<Mail, 'message_id' | 'at'>} */
          const message = JSON.parse(await request.text())
          await send({ message_id: messageId, at: new Date().toISOString(), ...message })
          return Response.json({ messageId })
        } catch (error) {
          return new Response(error instanceof Error ? error.message : String(error), {
            status: 500,
          })
        }
      },
    },
  }
}

/**
 * Leaves a message where a person can open it: the whole of it as JSON, the page as HTML, each
 * file beside them.
 * @param {string} folder @param {Mail} mail
 */
export function keepMail(folder, mail) {
  const stem = `${mail.at.replaceAll(/[:.]/g, '-')}-${mail.message_id.slice(1, 9)}`
  mkdirSync(folder, { recursive: true })
  const attachments = (mail.attachments ?? []).map(({ content, ...file }, place) => {
    const kept = `${stem}-${place + 1}-${file.filename.replaceAll(/[^\w.-]/g, '_').slice(-80)}`
    writeFileSync(join(folder, kept), Buffer.from(content, 'base64'))
    return { ...file, kept }
  })
  if (mail.html) writeFileSync(join(folder, `${stem}.html`), mail.html)
  writeFileSync(
    join(folder, `${stem}.json`),
    `${JSON.stringify({ ...mail, attachments }, null, 2)}\n`,
  )
}
