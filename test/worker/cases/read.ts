import { z } from 'zod'

/** A case of test/cases: a fault that users of such systems reported, told as calls of the API (see its README). */

/** What is looked at in the end, or in between: an answer of the API, or all mail of a desk. */
const Look = z.strictObject({
  as: z.string().optional(),
  call: z.string().optional(),
  mail: z.enum(['acme', 'skyline']).optional(),
  /** Texts that stand in it, as JSON spells them; that stand in exactly one note; that do not; in this order. */
  holds: z.array(z.string()).default([]),
  once: z.array(z.string()).default([]),
  lacks: z.array(z.string()).default([]),
  order: z.array(z.string()).default([]),
  like: z.looseObject({}).optional(),
})
export type Look = z.infer<typeof Look>

const at = z.enum(['acme', 'skyline'])
const Step = z.union([
  z.strictObject({
    as: z.string(),
    call: z.string(),
    body: z.unknown().optional(),
    status: z.number().optional(),
    /** How many answers of each status, where it is made several times at once. */
    statuses: z.record(z.string(), z.number()).optional(),
    times: z.number().default(1),
    oneId: z.boolean().default(false),
    key: z.string().optional(),
    keep: z.string().optional(),
    holds: z.array(z.string()).default([]),
  }),
  z.strictObject({ check: Look }),
  z.strictObject({ wait: z.literal('quiet') }),
  z.strictObject({ later: z.number() }),
  z.strictObject({ faults: z.array(z.enum(['lost', 'answer lost'])) }),
  /** The raw request with this text, once more. */
  z.strictObject({ replay: z.string(), times: z.number(), status: z.number() }),
  z.strictObject({
    do: z.literal('map'),
    at,
    kind: z.string(),
    theirs: z.string(),
    ours: z.string().nullable(),
  }),
  z.strictObject({
    do: z.literal('status'),
    at,
    named: z.string(),
    change: z.strictObject({ name: z.string().optional(), inactive: z.boolean().optional() }),
  }),
  z.strictObject({
    do: z.literal('action'),
    at,
    named: z.string(),
    change: z.strictObject({
      sendToConnected: z.boolean().optional(),
      inactive: z.boolean().optional(),
    }),
  }),
  z.strictObject({ do: z.literal('off workflow'), at, named: z.string() }),
  z.strictObject({ do: z.literal('put back') }),
  z.strictObject({
    do: z.literal('field'),
    name: z.string(),
    keep: z.string(),
    type: z.number(),
    choices: z.record(z.string(), z.string()).default({}),
  }),
  z.strictObject({ do: z.literal('off type'), at, field: z.string() }),
  z.strictObject({ do: z.literal('escalated'), keep: z.string() }),
  z.strictObject({ do: z.literal('partner'), at, ticket: z.string().default('$TWIN') }),
  z.strictObject({ do: z.literal('redeploy') }),
])
export type Step = z.infer<typeof Step>

const Case = z.strictObject({
  fault: z.string(),
  must: z.string(),
  /** The two desks talk over a line that faults can be put on. */
  line: z.boolean().default(false),
  steps: z.array(Step),
  expect: z.array(Look),
  after: z.array(Step).default([]),
})
export type Case = z.infer<typeof Case> & { id: string }

/** All cases, by their id, which their file is named for. */
export function cases(line: boolean): Case[] {
  const files = import.meta.glob('../../cases/*.json', {
    query: '?raw',
    import: 'default',
    eager: true,
  })
  return Object.entries(files)
    .map(([path, content]) => {
      const id = /([a-z]\d\d)-[^/]*\.json$/.exec(path)?.[1] ?? path
      const read = Case.safeParse(JSON.parse(content))
      if (!read.success) throw new Error(`${path}: ${z.prettifyError(read.error)}`)
      return { ...read.data, id }
    })
    .filter((one) => one.line === line)
}
