import type { Reply } from '../pair'

/** Answers as they are compared: whole, and without what differs from one moment to the next. */

export const wholeOf = ({ status, headers, text }: Reply): string =>
  [
    status,
    ...[...headers].filter(([name]) => name !== 'date').map((one) => one.join(': ')),
    text,
  ].join('\n')

/** What deliveries have come to: they go on by themselves, sooner or later. */
const UNDER_WAY = new Set(
  'sync deliveries email_state health waiting waiting_since default_send_to may_differ only_there'.split(
    ' ',
  ),
)
/** Of a connection and of a link; a refusal has a `fix` too. */
const OF_HEALTH = new Set(['state', 'fix'])

function settled(this: object, key: string, value: unknown): unknown {
  return UNDER_WAY.has(key) || (OF_HEALTH.has(key) && ('health' in this || 'may_differ' in this))
    ? 'STATE'
    : value
}

/** Without times, random numbers, secrets, and how far a delivery is. */
export function masked(reply: Reply): string {
  const isJson = reply.headers.get('content-type')?.startsWith('application/json') && reply.text
  const text = isJson ? JSON.stringify(JSON.parse(reply.text, settled)) : reply.text
  return wholeOf({ ...reply, text })
    .replace(/[\w-]{20,}\.[\w-]{20,}\.[\w-]{20,}/g, 'JWT')
    .replace(/[0-9a-f]{64}/g, 'SECRET')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z?/g, 'TIME')
    .replace(/dur=[\d.]+/g, 'DURATION')
}

/** Also without what was named; and what was made has a number of its own. */
export function blind(reply: Reply): string {
  const text = masked(reply)
    .replace(/CANARY[ABX](3131|3232|4242|5353)/gi, 'NAME')
    .replace(/\b(3131|3232|4242|5353)\b/g, 'NUMBER')
    .replace(/"version":\d+/g, 'VERSION')
  return reply.status === 201 ? text.replace(/\d+/g, '#') : text
}

/** Notes two answers that differ, from a little before the place where they do. */
export function compare(list: string[], key: string, one: string, other: string): void {
  if (one === other) return
  let at = 0
  while (one[at] === other[at]) at++
  const part = (text: string) => text.slice(Math.max(0, at - 80), at + 120)
  list.push(`${key}: ...${part(one)} / ...${part(other)}`)
}
