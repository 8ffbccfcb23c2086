import { isObject, type Described, type Schema } from './document'
import { unfit } from './fits'
import type { Sent } from './request'
import { CANARY } from './world'

export interface Answered {
  status: number
  headers: Headers
  text: string
  json: unknown
  ms: number
  /** Rows written meanwhile. */
  written: number
}

export type Fault = [
  kind: 'schema' | '5xx' | 'foreign' | 'error' | 'slow' | 'wrote' | 'let in',
  why: string,
]

/** Generous for a machine that does other things too (reliability.md §7.5 says two seconds). */
const SLOW_MS = 10_000

/** What is wrong with an answer; nothing where all is as the document says. */
export function judge(sent: Sent, answered: Answered, { named }: Described): Fault[] {
  const { operation, stream, kind, foreign } = sent
  const { status, text, json, ms, written } = answered
  const faults: Fault[] = []
  const asks502 = '502' in operation.responses && status === 502
  if (status >= 500 && !asks502) faults.push(['5xx', text])
  const said = operation.responses[String(status)]
  if (!said) faults.push(['schema', `${status} is not in the document`])
  const type = answered.headers.get('content-type')?.split(';')[0] ?? ''
  const content = said?.content ?? {}
  if (said && text !== '' && !(type in content) && !('*/*' in content))
    faults.push(['schema', `${status} answers ${type}`])
  const schema = content[type]?.schema
  if (schema) faults.push(...unfit(json, schema, named).map((why): Fault => ['schema', why]))
  if (status >= 400) faults.push(...judgeRefusal(sent, status, json))
  if (stream === 'stranger' && !operation['x-who'].includes('anyone') && status < 400)
    faults.push(['let in', `${kind} got ${status}`])
  if (foreign && status < 400)
    faults.push(['foreign', `${sent.id} is not ours and answers ${status}`])
  const asked = `${sent.path}${sent.body ?? ''}`
  if (
    kind !== 'stranger' &&
    !asked.includes(CANARY) &&
    (text.includes(CANARY) || headersOf(answered).includes(CANARY))
  )
    faults.push(['foreign', 'the canary of another desk'])
  if (status < 300 && tookWrong(sent))
    faults.push(['schema', `took ${sent.field} ${typeof sent.wrong}`])
  if (ms > SLOW_MS) faults.push(['slow', `${Math.round(ms)} ms`])
  if (operation.method === 'GET' && written > 0) faults.push(['wrote', `${written} rows`])
  return faults
}

const headersOf = ({ headers }: Answered): string => JSON.stringify([...headers])

/** A refusal has the one shape, and one of a field names it. */
function judgeRefusal(
  { operation, stream, field, wrong }: Sent,
  status: number,
  json: unknown,
): Fault[] {
  if (!isObject(json)) return [['error', `${status} is not the one shape`]]
  const { error, message, fix, fields } = json
  if (![error, message, fix].every((one) => typeof one === 'string' && one !== ''))
    return [['error', `${status} lacks error, message or fix`]]
  if (/\bat .*\.(ts|js):\d|SQLITE|D1_ERROR|drizzle/i.test(JSON.stringify(json)))
    return [['error', `${status} tells of our inside: ${String(message)}`]]
  if (error !== 'VALIDATION') return []
  if (!isObject(fields) || Object.keys(fields).length === 0)
    return [['error', `VALIDATION names no field: ${String(message)}`]]
  if (stream !== 'broken' || field === undefined || !isOff(operation.body, field, wrong)) return []
  return Object.keys(fields).some((name) => name.replace(/^\[\d+\]\.?/, '').startsWith(field))
    ? []
    : [['error', `${field} was broken, and the refusal names ${Object.keys(fields).join()}`]]
}

/** Whether a value was taken that the schema excludes. Texts may be taken in more spellings than the document tells. */
const tookWrong = ({ stream, operation, field, wrong }: Sent): boolean =>
  stream === 'broken' &&
  field !== undefined &&
  (typeof wrong !== 'string' || wrong.length > 1_000) &&
  isOff(operation.body, field, wrong)

/** Whether the schema itself says that the value is wrong at the top of the body. */
function isOff(body: Schema | undefined, field: string, wrong: unknown): boolean {
  const [one = body] = body?.anyOf ?? []
  const schema = one?.properties?.[field]
  // A number in another spelling than the document tells, 1e9, is read as a number.
  if (typeof wrong === 'string' && wrong.trim() !== '' && !Number.isNaN(Number(wrong))) return false
  return (
    schema !== undefined &&
    wrong !== undefined &&
    wrong !== null &&
    unfit(wrong, schema, {}).length > 0
  )
}
