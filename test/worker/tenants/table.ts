import page from '../../../docs/security.md?raw'
import { app } from '../../../worker/app'
import { operationsOf, type Operation } from '../../../worker/api/openapi'
import type { Group } from './twins'

/** The routes of an instance, and who may call them by the table of docs/security.md, which is written from their declarations. */

export const spelled = ({ method, path }: Operation): string =>
  `${method} ${path.replace('/:slug', '').replace(/\{[^}]*\}/g, '')}`

/** Reads first, then what changes, connections after tickets, then what deletes, at last what ends a sign-in: each finds what it names. */
const rank = ({ method, path }: Operation) => {
  if (method === 'GET') return 0
  if (/rotate|\/auth\//.test(path)) return 4
  if (method === 'DELETE') return 3
  return path.includes('/connection') ? 2 : 1
}

export const operations: Operation[] = operationsOf(app.routes)
  .filter(({ path }) => path.startsWith('/:slug/') && !/\/auth\/(token$|\.well-known)/.test(path))
  .toSorted((a, b) => rank(a) - rank(b))

const handlerOf = (method: string, path: string) =>
  app.routes.findLast((one) => one.method === method && one.path === path)?.handler
/** PUT does what POST does wherever one handler takes both. */
export const isTwice = ({ method, path }: Operation): boolean =>
  method === 'PUT' && handlerOf('PUT', path) === handlerOf('POST', path)

/** Who, by method and path. */
export const documented: ReadonlyMap<string, string[]> = new Map(
  page
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter(([, methods = '']) => /^(GET|POST|PUT|DELETE)\b/.test(methods))
    .flatMap(([, methods = '', path = '', who = '']) =>
      methods
        .split(' ')
        .map((method): [string, string[]] => [
          `${method} ${path.replaceAll('`', '')}`,
          who.split(', '),
        ]),
    ),
)

const CALLED: Record<Group, string[]> = {
  nobody: ['anyone'],
  stranger: ['anyone'],
  user: ['anyone', 'user'],
  agent: ['anyone', 'agent'],
  admin: ['anyone', 'agent', 'admin'],
  connection: ['anyone', 'connection'],
}
export const mayCall = (group: Group, one: Operation): boolean =>
  documented.get(spelled(one))?.some((who) => CALLED[group].includes(who)) ?? false
