/** What the API says when it refuses: one shape for every error, so that one component can show them all. */
export type Refusal = {
  error: string
  message: string
  fix?: string | undefined
  fields?: Record<string, string> | undefined
}

/** A refused or failed call. `status` 0 means that no answer came at all. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly status: number
  readonly code: string
  readonly fix: string | undefined
  readonly fields: Record<string, string>
  readonly retryAfterS: number | undefined

  constructor(status: number, refusal: Refusal, retryAfterS?: number) {
    super(refusal.message)
    this.status = status
    this.code = refusal.error
    this.fix = refusal.fix
    this.fields = refusal.fields ?? {}
    this.retryAfterS = retryAfterS
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Reads a refusal from a body of unknown origin: a proxy in between may answer with anything. */
export function readRefusal(status: number, body: unknown): Refusal {
  const given: Record<string, unknown> =
    typeof body === 'object' && body !== null ? { ...body } : {}
  const fields =
    typeof given['fields'] === 'object' && given['fields'] !== null ? given['fields'] : {}
  return {
    error: text(given['error']) ?? `http_${status}`,
    message: text(given['message']) ?? '',
    fix: text(given['fix']),
    fields: Object.fromEntries(
      Object.entries(fields).flatMap(([name, why]) =>
        typeof why === 'string' ? [[name, why]] : [],
      ),
    ),
  }
}

/** `Retry-After` in seconds, whether the server wrote a number or a date. */
export function retryAfterSeconds(header: string | null, now: number): number | undefined {
  if (header === null || header === '') return undefined
  const seconds = Number(header)
  if (Number.isFinite(seconds)) return Math.max(0, Math.ceil(seconds))
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now) / 1000))
}

/** The fetch under every call: an answer that is not a success becomes an ApiError here and nowhere else. */
export async function call(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  let response: Response
  try {
    response = await fetch(input, init)
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError(0, { error: 'offline', message: '' })
  }
  if (response.ok) return response
  const body: unknown = await response.json().catch(() => null)
  throw new ApiError(
    response.status,
    readRefusal(response.status, body),
    retryAfterSeconds(response.headers.get('Retry-After'), Date.now()),
  )
}
