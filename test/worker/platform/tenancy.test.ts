import { beforeAll, describe, expect, test } from 'vitest'
import { app } from '../../../worker/app'
import { operationsOf } from '../../../worker/api/openapi'
import { walk, type Walked } from '../walk'
import { tenantTables, unboundTables } from './unbound'

/** Statements that concern no one tenant, and why each may. Whatever else names a tenant's table is held to one. */
const EXEMPT: { of: string; why: string; is: RegExp }[] = [
  {
    of: 'the guard of an agent, signing in and out, ending sessions',
    why: 'a session is found by the hash of a secret, and an agent\u2019s is good in several instances',
    is: /^(select i\.state as state from session s|(insert into|delete from) "session")/,
  },
  {
    of: 'signing in as an agent',
    why: 'an account is the deployment\u2019s; the places it has are what is asked for',
    is: /^select .* from "account" inner join "membership".* where \("account"\."email" = \?/,
  },
  {
    of: 'an API application\u2019s token',
    why: 'at the bare host the tenant follows from the client id, which is random and unique in the deployment',
    is: /^select .* from "api_app" .* where "api_app"\."client_id" = \?$/,
  },
  {
    of: 'a partner\u2019s token',
    why: 'as above',
    is: /^select .* from "connection" .* where "connection"\."issued_client_id" = \?$/,
  },
  {
    of: 'a link in a mail',
    why: 'it is found by the hash of a secret, and its row says for which instance it is good',
    is: /^(select .* from|delete from) "one_time" where \("one_time"\."hash" = \?/,
  },
  {
    of: 'making an instance',
    why: 'its number is drawn in the same batch, and found by the tenant id just made',
    is: /^insert into .*\(select no from instance where tenant_id = \?\)/,
  },
  {
    of: 'settle() of test/worker/pair.ts',
    why: 'the test asks for the open rows of all desks',
    is: /^select count\(\*\), coalesce\(sum\(next_at <= \?\), 0\) from/,
  },
]

let walked: Walked
beforeAll(async () => {
  walked = await walk()
})

/** A route as the router has it, for what was called. */
const fits = (path: string) => {
  const form = new RegExp(`^${path.replace(/:\w+(\{[^}]*\})?/g, '[^/]+')}$`)
  return (route: string) => form.test(route)
}

describe('every statement is held to one tenant (T2)', () => {
  test('the walk has called every route, and was answered', () => {
    expect(walked.refused).toEqual([])
    const missed = operationsOf(app.routes)
      .filter(({ path }) => path.startsWith('/:slug/'))
      .map(({ method, path }) => ({ method, path: path.replace('/:slug', '') }))
      .filter(({ path }) => path !== '/auth/token' && !path.includes('.well-known'))
      .filter(({ method, path }) => {
        const spelled = [...walked.called].filter((one) => one.startsWith(`${method} `))
        return !spelled.some((one) => fits(path)(one.slice(method.length + 1)))
      })
    expect(missed).toEqual([])
  })

  test('no statement of the worked example and of a walk over all routes names a tenant\u2019s table without its tenant', () => {
    const loose = [...walked.ran]
      .filter((text) => !EXEMPT.some(({ is }) => is.test(text)))
      .map((text) => ({ unbound: unboundTables(text), text }))
      .filter(({ unbound }) => unbound.length > 0)
    expect(loose).toEqual([])
    expect(walked.ran.size).toBeGreaterThan(200)
  })

  test('each exemption is one: it is used, and is needed', () => {
    for (const { of, is } of EXEMPT) {
      const its = [...walked.ran].filter((text) => is.test(text))
      expect(its.length, of).toBeGreaterThan(0)
      expect(its.flatMap(unboundTables), of).not.toEqual([])
    }
  })

  test('the database is reached past the tenants only by the directory, the sweep and the witness', () => {
    const sources = import.meta.glob('../../../worker/**/*.ts', {
      query: '?raw',
      import: 'default',
      eager: true,
    })
    const past = Object.entries(sources)
      .filter(([, text]) => /\benv\.DB\b|\bshardOf\(/.test(text))
      .map(([path]) => path.replace(/^.*\/worker\//, ''))
    expect(past.sort()).toEqual([
      'app.ts', // healthz
      'platform/database.ts',
      'platform/directory.ts',
      'sync/Witness.ts',
      'sync/rewrap.ts', // after a rotation of KEYS: the secrets of all tenants
      'sync/wake.ts',
    ])
  })
})

describe('what counts as held to a tenant', () => {
  test.each([
    ['select * from "ticket" where "ticket"."id" = ?', ['ticket']],
    ['select * from ticket k where k.id = ? and (k.t = ? or 1 = 1)', ['ticket']],
    ['select * from ticket where not (t = ?)', ['ticket']],
    ['select * from ticket k join person p on p.id = k.person_id where k.t = ?', ['person']],
    [
      'select * from ticket k left join person p on p.t = k.t and p.id = 1 where k.id = ?',
      ['ticket', 'person'],
    ],
    [
      'select * from ticket where t = ? and id in (select ticket_id from link where state = ?)',
      ['link'],
    ],
    ['select * from ticket where t = ? union all select * from ticket where id = ?', ['ticket']],
    ['update "status" set "name" = ? where "status"."id" = ?', ['status']],
    ['delete from idem where at < ?', ['idem']],
    ['insert into "audit" ("at", "what") values (?, ?)', ['audit']],
    ['insert into "audit" ("t", "at") values (null, ?)', ['audit']],
    ['select rowid from search where words = ?', ['search']],
    ['select 1 from ticket, person where ticket.t = ?', ['person']],
  ])('%s is not', (text, tables) => {
    expect(unboundTables(text).sort()).toEqual([...tables].sort())
  })

  test.each([
    'select * from "ticket" where ("ticket"."t" = ? and "ticket"."id" = ?)',
    'select * from ticket k left join person p on p.t = k.t and p.id = k.person_id where k.t = ?',
    'select (select max(id) from action a where a.t = k.t) from ticket k where ? = k.t',
    'update counter set value = value + 1 where t = ? and name = ?',
    'insert into "audit" ("t", "at") values (?, (select value from counter where t = ? and name = ?))',
    'select 1 from ticket where t = ? and id in (select value from json_each(?))',
    'select * from instance where slug = ?',
  ])('%s is', (text) => {
    expect(unboundTables(text)).toEqual([])
  })

  test('the tables of a tenant are known from the schema', () => {
    expect(tenantTables.has('ticket') && tenantTables.has('mail_out')).toBe(true)
    expect(tenantTables.has('instance') || tenantTables.has('account')).toBe(false)
  })
})
