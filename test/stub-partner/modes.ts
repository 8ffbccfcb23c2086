/** How a partner misbehaves on one request: what comes back instead of an answer, or beside it. */
export interface Mode {
  mode: (typeof MODES)[number]
  /** Which requests it concerns; all where it is not said. */
  for?: Kind | Kind[]
  /** Only requests whose body or path holds this text: a uid, a word of the note. */
  holding?: string
  /** So many requests, then it is over; for ever where it is not said. */
  times?: number
  /** The work is done before it misbehaves, so the sender cannot know. */
  after?: boolean
  /** Of `slow`. */
  seconds?: number
  /** Of `html`, `error` and `redirect`. */
  status?: number
  /** Of `redirect`. */
  to?: string
  /** Of `busy`, as the header says it; no header where it is not said. */
  retryAfter?: string
  /** Of `lying`: which of the names in the answer is another one. */
  about?: 'uid' | 'link' | 'ticket' | 'have' | 'uids'
}

export const MODES = [
  'slow',
  'silent',
  'endless',
  'huge',
  'garbage',
  'html',
  'empty',
  'truncated',
  'charset',
  'redirect',
  'busy',
  'error',
  'refuse',
  'cut',
  'lying',
] as const

/** What a request is to a partner. */
export type Kind = 'create' | 'action' | 'staging' | 'link' | 'token' | 'info' | 'list' | 'read'

const MEGABYTE = 1024 * 1024
const HUGE_BYTES = 50 * MEGABYTE
const CHUNK = new Uint8Array(65_536).fill(32)

/** Answers one request so. `pass` is what an honest partner would do; a rejection is a connection that is cut. */
export async function misbehave(how: Mode, pass: () => Promise<Response>): Promise<Response> {
  const honest = how.after ? await pass() : null
  switch (how.mode) {
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, (how.seconds ?? 30) * 1_000))
      return honest ?? pass()
    case 'silent':
      return new Promise(() => undefined)
    case 'endless':
      return json(stream(Infinity))
    case 'huge':
      return json(stream(HUGE_BYTES))
    case 'garbage':
      return json(new Uint8Array([0x7b, 0xff, 0xfe, 0x00, 0x22, 0x80, 0x7d]))
    case 'html':
      return new Response('<!doctype html><title>Blocked</title><h1>Nothing to see here</h1>', {
        status: how.status ?? 403,
        headers: { 'content-type': 'text/html; charset=utf-8' },
      })
    case 'empty':
      return json('{}', 200)
    case 'truncated': {
      const text = await (honest ?? json('{"id":4,"ticket_id":1001,"baton":{"v":1}}')).text()
      return json(text.slice(0, Math.ceil(text.length / 2)))
    }
    case 'charset': {
      const text = await (honest ?? json('{"id":4,"summary":"Gerät"}')).text()
      return json(Uint8Array.from(`${text.slice(0, -1)},"x":"é"}`, (one) => one.charCodeAt(0)))
    }
    case 'redirect':
      return new Response(null, {
        status: how.status ?? 302,
        headers: { location: how.to ?? 'http://127.0.0.1:9/' },
      })
    case 'busy':
      return new Response(JSON.stringify({ error: 'TOO_MANY', message: 'Rate limit reached' }), {
        status: 429,
        headers: {
          'content-type': 'application/json',
          ...(how.retryAfter !== undefined && { 'retry-after': how.retryAfter }),
        },
      })
    case 'error':
      return json(JSON.stringify({ Message: 'An error has occurred.' }), how.status ?? 500)
    case 'refuse':
      return json(
        JSON.stringify({ ClassName: 'System.Exception', Message: 'board_id is required' }),
        how.status ?? 400,
      )
    case 'cut':
      throw new Error('connection reset')
    case 'lying': {
      const truth = honest ?? (await pass())
      const said: Record<string, unknown> = await truth.json()
      return json(JSON.stringify(lie(said, how.about ?? 'uid')), truth.status)
    }
  }
}

function lie(said: Record<string, unknown>, about: NonNullable<Mode['about']>): object {
  const another = crypto.randomUUID()
  if (about === 'uids') return { ...said, record_count: 0, uids: [] }
  const baton = typeof said['baton'] === 'object' ? said['baton'] : undefined
  if (about === 'ticket')
    return {
      ...said,
      id: 90_001,
      ticket_id: 90_001,
      ...(baton && { baton: { ...baton, ticket: another } }),
    }
  const lies = { uid: another, link: another, have: { n: 999, uid: another } }
  return { ...said, baton: { ...baton, [about]: lies[about] } }
}

const json = (body: BodyInit, status = 201): Response =>
  new Response(body, { status, headers: { 'content-type': 'application/json' } })

/** Spaces, which JSON may begin with, as long as somebody reads. */
function stream(bytes: number): ReadableStream<Uint8Array> {
  let sent = 0
  return new ReadableStream({
    pull(controller) {
      if (sent >= bytes) return controller.close()
      sent += CHUNK.byteLength
      controller.enqueue(CHUNK.slice())
    },
  })
}
