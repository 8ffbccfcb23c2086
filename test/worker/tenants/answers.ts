import type { Reply } from '../pair'

/** Answers as they are compared: whole, and without what differs from one moment to the next. */

export const wholeOf = ({ status, headers, text }: Reply): string =>
  [
    status,
    ...[...headers].filter(([name]) => name !== 'date').map((one) => one.join(': ')),
    text,
  ].join('\n')

/** Without times, random numbers and secrets. */
export const masked = (whole: string): string =>
  whole
    .replace(/[\w-]{20,}\.[\w-]{20,}\.[\w-]{20,}/g, 'JWT')
    .replace(/[0-9a-f]{64}/g, 'SECRET')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z?/g, 'TIME')
    .replace(/dur=[\d.]+/g, 'DURATION')

/** Also without what was named; and what was made has a number of its own. */
export function blind(reply: Reply): string {
  const text = masked(wholeOf(reply).replace(/CANARY[ABX](3131|3232|4242|5353)/gi, 'NAME'))
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
