import { env } from 'cloudflare:test'
import { eq, sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { setting } from '../../../db/schema'
import { openDb, type Guard } from '../../../worker/platform/database'
import { problemIn, Problem } from '../../../worker/platform/problem'

beforeEach(() => env.DB.prepare('delete from setting').run())

const set = (name: string, value: string) =>
  sql`insert into setting (t, name, value) values (1, ${name}, ${value})`
const refusing: Guard = {
  sql: 'select 1 as n where 1 = ?',
  params: [2],
  judge: (row) => {
    if (!row) throw new Problem('UNAUTHORIZED')
  },
}
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => problemIn(error)?.code,
  )

test('raw SQL with values takes its place in a batch', async () => {
  const { orm } = openDb(env, 1)
  const [, , rows] = await orm.batch([
    orm.run(set('a', 'one')),
    orm.insert(setting).values({ t: 1, name: 'b', value: 'two' }),
    orm.all(sql`select name from setting where t = ${1} order by name`),
  ])
  expect(rows).toEqual([{ name: 'a' }, { name: 'b' }])
})

test('a batch with raw SQL that fails leaves nothing', async () => {
  const { orm } = openDb(env, 1)
  await expect(orm.batch([orm.run(set('a', 'one')), orm.run(set('a', 'two'))])).rejects.toThrow()
  expect(await orm.select().from(setting)).toEqual([])
})

test('Q11: behind a guard that fails nothing is given out and nothing is written', async () => {
  await openDb(env, 1).orm.run(set('a', 'secret'))
  const read = openDb(env, 1, refusing).orm
  expect(await codeOf(read.batch([read.select().from(setting).where(eq(setting.t, 1))]))).toBe(
    'UNAUTHORIZED',
  )
  expect(
    await codeOf(openDb(env, 1, refusing).orm.select().from(setting).where(eq(setting.t, 1)).all()),
  ).toBe('UNAUTHORIZED')
  expect(await codeOf(openDb(env, 1, refusing).orm.run(set('b', 'x')).execute())).toBe(
    'UNAUTHORIZED',
  )
  expect(await codeOf(openDb(env, 1, refusing).settle())).toBe('UNAUTHORIZED')
  expect(await openDb(env, 1).orm.select({ name: setting.name }).from(setting)).toEqual([
    { name: 'a' },
  ])
})
