import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { app } from '../../../worker/app'
import { operationsOf } from '../../../worker/api/openapi'
import { desks, type TestDesk } from '../pair'

const OperationDoc = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  'x-who': z.array(z.string()).min(1),
  parameters: z
    .array(z.object({ name: z.string(), in: z.string(), required: z.boolean(), schema: z.json() }))
    .default([]),
  responses: z.record(z.string(), z.looseObject({ description: z.string() })),
})
const Document = z.object({
  openapi: z.literal('3.1.0'),
  info: z.object({ title: z.string(), version: z.string(), description: z.string() }),
  servers: z.array(z.object({ url: z.string() })),
  security: z.json(),
  paths: z.record(z.string(), z.record(z.string(), OperationDoc)),
  components: z.looseObject({ schemas: z.record(z.string(), z.json()) }),
})

let acme: TestDesk
let document: z.infer<typeof Document>
let text: string
beforeAll(async () => {
  ;({ acme } = await desks())
  const answer = await acme.nobody.get('openapi.json')
  text = JSON.stringify(answer)
  document = Document.parse(answer)
})

const spelled = (method: string, path: string) =>
  `${method.toUpperCase()} ${path.replace(/:(\w+)/g, '{$1}')}`
const documented = () =>
  Object.entries(document.paths).flatMap(([path, one]) =>
    Object.keys(one).map((method) => spelled(method, path)),
  )
/** What stands below an instance; a token and the addresses that lead to it are described by the security scheme. */
const routed = operationsOf(app.routes)
  .filter(({ path, who }) => path.startsWith('/:slug/') && who)
  .map((one) => ({ ...one, path: one.path.replace(/^\/:slug(\/api)?/, '') }))

describe('the OpenAPI document', () => {
  test('has every call of the router, and no other', () => {
    expect(documented().sort()).toEqual(
      routed.map(({ method, path }) => spelled(method, path)).sort(),
    )
  })

  test('every route says who may call it and what it does', () => {
    expect(
      routed
        .filter(({ who, summary }) => !who?.length || !summary)
        .map(({ method, path }) => spelled(method, path)),
    ).toEqual([])
  })

  test('every route says what it answers', () => {
    const silent = routed.filter(({ answers }) => answers?.length === 0)
    expect(silent.map(({ path }) => path)).toEqual([])
  })

  test('no operation has another’s name, and no reference leads nowhere', () => {
    const ids = Object.values(document.paths).flatMap((one) =>
      Object.values(one).map(({ operationId }) => operationId),
    )
    expect(new Set(ids).size).toBe(ids.length)
    const refs = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref ?? ''))
    expect(refs.size).toBeGreaterThan(5)
    for (const ref of refs)
      expect(document.components.schemas, ref).toHaveProperty(
        ref.replace('#/components/schemas/', ''),
      )
    expect(text).not.toContain('$defs')
  })

  test('tells what Halo’s clients may send: numbers as text, paging, parts of the path', () => {
    const list = document.paths['/client']?.['get']
    expect(list?.parameters.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['pageinate', 'page_no', 'page_size', 'count', 'search']),
    )
    expect(document.paths['/client/{id}']?.['get']?.parameters).toMatchObject([
      { name: 'id', in: 'path', required: true },
    ])
    expect(JSON.stringify(document.paths['/site']?.['post'])).toMatch(
      /"client_id":\{"anyOf":\[\{"minimum":1,"maximum":2147483647,.{1,60}"type":\["number","string"\]\},\{"type":"null"\}/,
    )
  })

  test('is served for this desk, and as a page without script', async () => {
    expect(document.servers).toEqual([{ url: `${acme.url}/api` }])
    const { status, headers, text: page } = await acme.nobody.ask('GET', 'docs')
    expect(status).toBe(200)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(page).toContain('<code>GET /client/:id</code>')
    expect(page).not.toMatch(/<script|\son\w+=/i)
  })
})
