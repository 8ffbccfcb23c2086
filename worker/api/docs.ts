import { Hono } from 'hono'
import { z } from 'zod'
import { version } from '../../package.json'
import { escapeHtml } from '../desk/html'
import { Problem, problemText } from '../platform/problem'
import { answers, may, type At, type Door } from './declare'
import { openApi, operationsOf, type Operation, type RouteEntry } from './openapi'

/** The document of the API, its page, and the answer to a known path with a wrong method. `routes` is asked when they are all there. */
export const documentation = (routes: () => readonly RouteEntry[]) =>
  new Hono<Door>()
    .get(
      '/openapi.json',
      may(['anyone'], 'The OpenAPI document'),
      answers(200, z.looseObject({ openapi: z.string() })),
      (c) => c.json(openApi(routes(), { base: c.var.base, version })),
    )
    .get('/docs', may(['anyone'], 'This API as a page to read'), (c) => {
      c.header(
        'content-security-policy',
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
      )
      return c.html(page(operationsOf(routes()), `${c.var.base}/api`))
    })
    .all('*', (c) => nothingHere(c, routes()))

/** 405 where the path is known by other methods (RFC 9110 §15.5.6), else NOT_FOUND. */
function nothingHere(c: At, routes: readonly RouteEntry[]): Response {
  const path = c.req.path.replace(/^(\/[^/]+)??\/api(?=\/|$)/, '')
  const methods = operationsOf(routes)
    .filter((operation) => fits(operation.path, path))
    .map(({ method }) => method)
  if (methods.length === 0) throw new Problem('NOT_FOUND')
  const allow = [...new Set([...methods, ...(methods.includes('GET') ? ['HEAD'] : [])])].join(', ')
  const problem = new Problem('METHOD_NOT_ALLOWED', { fix: `Here these can be used: ${allow}.` })
  return new Response(problemText(problem), {
    status: problem.status,
    headers: { allow, 'content-type': 'application/json' },
  })
}

function fits(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern, path].map((one) => one.split('/').filter(Boolean))
  return (
    wanted?.length === given?.length &&
    (wanted ?? []).every((part, index) => part.startsWith(':') || part === given?.[index])
  )
}

function page(operations: Operation[], base: string): string {
  const groups = [...new Set(operations.map(groupOf))].sort()
  const list = groups
    .map((group) => `<li><a href="#${escapeHtml(group)}">${escapeHtml(group)}</a></li>`)
    .join('')
  const sections = groups
    .map((group) =>
      section(
        group,
        operations.filter((one) => groupOf(one) === group),
      ),
    )
    .join('')
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>API of this desk</title>
<style>${STYLE}</style>
<header><h1>API</h1><p>Below <code>${escapeHtml(base)}</code>. The same as <a href="openapi.json">OpenAPI document</a>.
A token comes from <code>POST ${escapeHtml(base.replace(/api$/, 'auth/token'))}</code> with client credentials.</p></header>
<nav aria-label="Resources"><ul>${list}</ul></nav><main>${sections}</main></html>`
}

const groupOf = ({ path }: Operation): string => path.split('/')[1] ?? ''

const section = (group: string, operations: Operation[]): string =>
  `<section id="${escapeHtml(group)}"><h2>${escapeHtml(group)}</h2><table><thead><tr><th>Call<th>What it does<th>For<th>Query</thead><tbody>${operations.map(row).join('')}</tbody></table></section>`

function row({ method, path, summary = '', who = [], query }: Operation): string {
  const names = query instanceof z.ZodObject ? Object.keys(query.shape) : []
  return `<tr><td><code>${method} ${escapeHtml(path)}</code><td>${escapeHtml(summary)}<td>${escapeHtml(who.join(', '))}<td>${names.map((name) => `<code>${escapeHtml(name)}</code>`).join(' ')}</tr>`
}

const STYLE = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}body{margin:2rem auto;max-width:72rem;padding:0 1rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;padding:0}table{border-collapse:collapse;width:100%}
th,td{border-bottom:1px solid #8884;padding:.4rem .6rem .4rem 0;text-align:left;vertical-align:top}h2{margin-top:2rem}
@media(max-width:40rem){td,th{display:block}thead{display:none}}`
