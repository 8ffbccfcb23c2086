import { Agent, request } from 'node:http'

/**
 * @typedef {{method: string, url: string, headers: Record<string, string>, body?: string}} Call
 * @typedef {{status: number, headers: import('node:http').IncomingHttpHeaders, text: string}} Answer
 */

const agent = new Agent({ keepAlive: true })

/** @returns {Promise<Answer>} */
export function ask(/** @type {Call} */ { method, url, headers, body }) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
        }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** What was made, of an answer that must not be a refusal. @returns {Promise<{id: number}>} */
export async function must(/** @type {Call} */ call) {
  const { status, text } = await ask(call)
  if (status >= 300) throw new Error(`${call.method} ${call.url} answered ${status} ${text}`)
  return JSON.parse(text)
}

/** @returns {Promise<{ms: number, answers: Answer[]}>} how long until all of them had answered */
export async function askAll(/** @type {Call[]} */ calls) {
  const began = performance.now()
  const answers = await Promise.all(calls.map(ask))
  for (const [i, { status, text }] of answers.entries())
    if (status >= 300) throw new Error(`${calls[i]?.url} answered ${status} ${text.slice(0, 500)}`)
  return { ms: performance.now() - began, answers }
}
