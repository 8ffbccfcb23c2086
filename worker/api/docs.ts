import { Hono } from 'hono'
import { z } from 'zod'
import { version } from '../../package.json'
import { authRoutes } from '../auth/routes'
import { escapeHtml } from '../desk/html'
import { Problem, problemText } from '../platform/problem'
import { answers, answersOf, may, type At, type Door } from './declare'
import { namesIn, openApi, operationsOf, type Operation, type RouteEntry } from './openapi'

/** The document of the API, its page, and the answer to a known path with a wrong method. `routes` is asked when they are all there. */
export const documentation = (routes: () => readonly RouteEntry[]) =>
  new Hono<Door>()
    .get(
      '/openapi.json',
      may(['anyone'], 'The OpenAPI document'),
      answers(200, z.looseObject({ openapi: z.string() })),
      (c) =>
        c.json(
          openApi({ routes: routes(), auth: authRoutes.routes }, { base: c.var.base, version }),
        ),
    )
    .get(
      '/docs',
      may(['anyone'], 'This API as a page to read'),
      answersOf(200, 'text/html'),
      (c) => {
        c.header(
          'content-security-policy',
          "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
        )
        return c.html(page(operationsOf(routes()), c.var.instance.name, `${c.var.base}/api`))
      },
    )
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

function page(operations: Operation[], name: string, base: string): string {
  const groups = [...new Set(operations.map(groupOf))].sort()
  const list = groups.map((group) => `<li><a href="#${group}">${group}</a></li>`).join('')
  const sections = groups
    .map((group) =>
      sectionOf(
        group,
        operations.filter((one) => groupOf(one) === group),
      ),
    )
    .join('')
  const title = `API of ${escapeHtml(name)}`
  const at = escapeHtml(base)
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>${STYLE}</style>
<header><h1>${title}</h1><p>Everything is below <code>${at}</code>, and the same stands in the <a href="${at}/openapi.json">OpenAPI document</a>.
A token comes from <code>POST ${at.replace(/api$/, 'auth/token')}</code> with client credentials.</p></header>
<nav aria-label="Resources"><ul>${list}</ul></nav><main>${sections}</main></html>`
}

const groupOf = ({ path }: Operation): string => escapeHtml(path.split('/')[1] ?? '')

const sectionOf = (group: string, operations: Operation[]): string =>
  `<section id="${group}"><h2>${group}</h2>${operations.map(callOf).join('')}</section>`

function callOf({ method, path, summary = '', who = [], query, body }: Operation): string {
  const names = (label: string, all: string[]) =>
    all.length === 0
      ? ''
      : `<dt>${label}<dd>${all.map((one) => `<code>${escapeHtml(one)}</code>`).join(' ')}`
  return `<article><h3><code>${method} ${escapeHtml(path)}</code> ${escapeHtml(summary)}</h3>
<dl><dt>For<dd>${escapeHtml(who.join(', '))}${names('Query', namesIn(query))}${names('Body', namesIn(body))}</dl></article>`
}

const STYLE = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}body{margin:2rem auto;max-width:60rem;padding:0 1rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;padding:0}h2{margin-top:2.5rem}code{overflow-wrap:anywhere}
article{border-top:1px solid #8884;padding:.75rem 0}h3{font-size:1rem;margin:0 0 .5rem;font-weight:400}h3 code{font-weight:600;margin-right:.5rem}
dl{display:grid;grid-template-columns:4rem 1fr;gap:.25rem .5rem;margin:0}dt{color:GrayText}dd{margin:0}`
