import { call } from './failure'

type Query = Record<string, string | number | boolean | undefined>

/** Leaves out what is not set, so that the same filter is always the same address. */
export function queryString(query: Query): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') given.set(name, String(value))
  }
  const text = given.toString()
  return text === '' ? '' : `?${text}`
}

async function json<T>(response: Response): Promise<T> {
  return response.json()
}

/** The one door to a desk's API. */
export function api(slug: string) {
  const base = `/${encodeURIComponent(slug)}/api/`
  return {
    get: async <T>(path: string, query: Query = {}): Promise<T> =>
      json<T>(await call(base + path + queryString(query))),
    post: async <T>(path: string, body: unknown, idempotencyKey?: string): Promise<T> =>
      json<T>(
        await call(base + path, {
          method: 'POST',
          headers: {
            'Content-Type': 'application/json',
            ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
          },
          body: JSON.stringify(body),
        }),
      ),
    base,
  }
}
