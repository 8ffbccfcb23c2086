import { env } from 'cloudflare:test'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { seams } from '../../../worker/platform/seams'
import { Client, type Reply } from '../pair'
import { walk } from '../walk'

/** Everything that nobody may guess and that was made while every route was called and the worked example was lived. */
const secrets = new Set<string>()
const answers: { asked: string; text: string }[] = []
const logged: string[] = []

beforeAll(async () => {
  const { secret } = seams
  seams.secret = () => {
    const made = secret()
    secrets.add(made.slice(0, 16)) // a password of the demo is no longer than that
    return made
  }
  const ask = Object.getOwnPropertyDescriptor(Client.prototype, 'ask')?.value
  vi.spyOn(Client.prototype, 'ask').mockImplementation(async function (this: Client, ...given) {
    const reply: Reply = await Reflect.apply(ask, this, given)
    answers.push({ asked: `${given[0]} ${given[1]}`, text: reply.text })
    return Object(reply)
  })
  for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const)
    vi.spyOn(console, level).mockImplementation((...words) => void logged.push(words.join(' ')))
  await walk()
  vi.restoreAllMocks()
  seams.secret = secret
  for (const key of [env.KEYS, env.SESSION_KEY]) secrets.add(key.replace(/^\w+:/, ''))
}, 120_000)

/** What of it a text holds; a bearer token or a session's cookie counts too. */
const heldBy = (text: string): string[] => [
  ...[...secrets].filter((one) => text.includes(one)),
  ...(text.match(/eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/g) ?? []),
]

describe('T34: after a life of two desks no secret lies', () => {
  test('in the database', async () => {
    const { results: tables } = await env.DB.prepare(
      "select name from sqlite_master where type = 'table' and name not like '\\_cf%' escape '\\' and name not like 'sqlite%' and name not like 'search%'",
    ).all<{ name: string }>()
    expect(tables.length).toBeGreaterThan(40)
    for (const { name } of tables) {
      const { results } = await env.DB.prepare(`select * from "${name}"`).all()
      expect(heldBy(JSON.stringify(results)), name).toEqual([])
    }
  })

  test('in the store of files', async () => {
    const { objects } = await env.FILES.list()
    expect(objects.length).toBeGreaterThan(0)
    for (const { key } of objects)
      expect(heldBy(key + (await (await env.FILES.get(key))?.text())), key).toEqual([])
  })

  test('in a log line', () => {
    expect(heldBy(logged.join('\n'))).toEqual([])
  })

  test('in an answer, but for the one that issues it', () => {
    expect(secrets.size).toBeGreaterThan(10)
    expect(answers.length).toBeGreaterThan(100)
    const holding = answers.filter(({ text }) => heldBy(text).length > 0).map(({ asked }) => asked)
    expect(
      holding.filter((asked) => !/^(POST|PUT) connection(\/\d+\/rotate)?$/.test(asked)),
    ).toEqual([])
    expect(holding.length).toBeGreaterThan(0)
  })

  test('in an address: no query has a name for one', () => {
    const named = answers.filter(({ asked }) => /[?&](token|secret|password|key)=/i.test(asked))
    expect(named).toEqual([])
  })
})
