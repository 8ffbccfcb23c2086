import { env } from 'cloudflare:test'
import { and, eq, sql, type SQL } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { team } from '../../../db/schema'
import { openDb, type Db } from '../../../worker/platform/database'
import { once } from '../../../worker/platform/once'

const [ours, theirs] = [openDb(env, 1), openDb(env, 2)]
beforeAll(async () => {
  for (const { t, orm } of [ours, theirs])
    await orm.insert(team).values([
      { t, id: 1, name: `First of ${t}` },
      { t, id: 2, name: `Second of ${t}`, inactive: true },
    ])
})

let written = 0
const teams = once(
  ({ orm, t }: Db, id: number | SQL<number>, which: { active?: boolean; name?: string } = {}) => {
    written += 1
    return orm
      .select({ name: team.name, inactive: team.inactive })
      .from(team)
      .where(
        and(
          eq(team.t, t),
          eq(team.id, id),
          which.active === undefined ? undefined : eq(team.inactive, !which.active),
          which.name === undefined ? undefined : eq(sql`lower(${team.name})`, which.name),
        ),
      )
  },
)

test('a query is written once, and each call has its own values and its own tenant', async () => {
  const before = written
  expect(await teams(ours, 1)).toEqual([{ name: 'First of 1', inactive: false }])
  expect(await teams(theirs, 2)).toEqual([{ name: 'Second of 2', inactive: true }])
  const [mine, other] = await ours.orm.batch([teams(ours, 2), teams(ours, 3)])
  expect(mine).toEqual([{ name: 'Second of 1', inactive: true }])
  expect(other).toEqual([])
  expect(written).toBe(before + 1)
})

test('what decides how it is written is written for itself', async () => {
  const before = written
  expect(await teams(ours, 2, { active: true })).toEqual([])
  expect(await teams(ours, 2, { active: false })).toHaveLength(1)
  expect(await teams(ours, 2, { name: 'second of 1' })).toHaveLength(1)
  expect(await teams(ours, 2, { name: 'first of 1' })).toEqual([])
  expect(written).toBe(before + 3)
})

test('an expression cannot be a value, so the query is written anew', async () => {
  const before = written
  const last = sql<number>`(select max(id) from team where t = 1)`
  expect(await teams(ours, last)).toHaveLength(1)
  expect(await teams(ours, last)).toHaveLength(1)
  expect(written).toBe(before + 2)
})

test('a query that calculates with a value fails at its first call', () => {
  const next = once(({ orm, t }: Db, name: string) =>
    orm
      .select()
      .from(team)
      .where(and(eq(team.t, t), eq(team.name, name.toUpperCase()))),
  )
  expect(() => next(ours, 'first')).toThrow(TypeError)
})
