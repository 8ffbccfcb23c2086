import { env } from 'cloudflare:test'
import { expect, test } from 'vitest'
import { walk } from '../walk'

/** What a desk has many of, after years. Lists of the configuration are short, and are read whole. */
const MANY =
  /^(ticket|action|action_body|field_value|attachment|person|customer|site|link|outbox|inbox|register|mail_out|audit|idem|attempt|session)$/

/** Statements that read all a tenant has of something, or more, and why each may. */
const EXEMPT: { why: string; is: RegExp }[] = [
  { why: 'nothing is read where a condition is false', is: / and 0\)$/ },
  {
    why: 'test/worker/pair.ts asks for all desks, and for all names of one',
    is: /^select (count\(\*\), coalesce\(sum\(next_at|id, name from "customer" where t = \?$)/,
  },
  {
    why: 'an instance is made, with all its rows',
    is: /^insert into ("instance"|.*\(select no from instance where tenant_id = \?\))/,
  },
  { why: 'people search for a part of a word in customers, sites or users', is: /instr\(lower\(/ },
  {
    why: 'an admin saves users, and their sites are looked up',
    is: /^select .* from "site" where .* or \("site"\."is_main"/,
  },
  {
    why: 'the admin\u2019s page of mails counts them',
    is: /^select count\(\*\) as "n" from "mail_out"/,
  },
  {
    why: 'a mapping was published: whatever had no value until now',
    is: /from "register" where .*"applied" = \?/,
  },
]

test('no statement of the worked example and of a walk over all routes reads all that a desk has of what grows', async () => {
  const { ran } = await walk()
  const whole: { detail: string; text: string }[] = []
  for (const text of ran) {
    if (EXEMPT.some(({ is }) => is.test(text))) continue
    const values = Array<number>(text.match(/\?/g)?.length ?? 0).fill(1)
    const { results } = await env.DB.prepare(`explain query plan ${text}`)
      .bind(...values)
      .all<{ detail: string }>()
    for (const { detail } of results) {
      const table = /^(?:SCAN|SEARCH) (\w+)/.exec(detail)?.[1] ?? ''
      const inOrder = text.includes(' limit ?') && detail.includes('USING INDEX')
      const all = detail.startsWith('SCAN') ? !inOrder : detail.endsWith('(t=?)') && !inOrder
      if (all && table !== '' && MANY.test(nameOf(text, table))) whole.push({ detail, text })
    }
  }
  expect(whole).toEqual([])
  // F35: D1 takes patterns of at most 50 bytes, so none is made of what somebody typed.
  expect([...ran].filter((text) => /\blike\s+(?!'[^']{1,50}')/i.test(text))).toEqual([])
})

/** The table behind the name that it goes by in a statement. */
const nameOf = (text: string, name: string): string =>
  new RegExp(`(?:from|join) "?(\\w+)"? (?:as )?"?${name}"?\\b`).exec(text)?.[1] ?? name
