import { Hono } from 'hono'
import { z } from 'zod'
import { listFields, makeFields, readField, type Field } from '../desk/fields'
import type { FieldType } from '../desk/fieldValue'
import { actor } from './caller'
import { answers, bodies, may, query, refuses, type Door } from './declare'
import { saveOnce } from './idempotency'
import {
  created,
  createdOf,
  given,
  Name,
  opt,
  pathId,
  QueryBool,
  Returnall,
  Text,
  Whole,
} from './wire'

/** Halo's numbers for the type of a field and of its input (halo-api.md §6). */
const HALO: Record<FieldType, { type: number; inputtype: number }> = {
  text: { type: 0, inputtype: 0 },
  number: { type: 0, inputtype: 4 },
  longtext: { type: 10, inputtype: 0 },
  choice: { type: 2, inputtype: 0 },
  choices: { type: 3, inputtype: 0 },
  date: { type: 4, inputtype: 0 },
  datetime: { type: 4, inputtype: 1 },
  checkbox: { type: 6, inputtype: 0 },
}
export const haloType = (type: FieldType) => HALO[type]

/** Which of ours a pair of Halo's numbers means; null for one we have no field for (time of day). */
function typeOfHalo(type: number, inputtype: number): FieldType | null {
  if (type === 0) return [1, 2, 4].includes(inputtype) ? 'number' : 'text'
  if (type === 4) return inputtype === 1 ? 'datetime' : 'date'
  return (
    ({ 1: 'longtext', 2: 'choice', 3: 'choices', 6: 'checkbox', 10: 'longtext' } as const)[type] ??
    null
  )
}

const Choice = z.object({ id: z.int(), name: z.string() })
export const FieldOut = z
  .object({
    id: z.int(),
    name: z.string(),
    label: z.string(),
    labellong: z.string(),
    hint: z.string(),
    type: z.int(),
    inputtype: z.int(),
    custom: z.int(),
    usage: z.int(),
    builtin: z.string().nullable(),
    values: z.array(Choice).optional(),
    warning: z.string().optional(),
  })
  .meta({ id: 'FieldInfo' })

/** 0 built in, 1 an own field of tickets, 2 a field of actions alone. */
const usageOf = ({ scope, builtin }: Field): number =>
  scope === 'action' ? 2 : builtin === null ? 1 : 0

export const fieldOut = (row: Field, withValues: boolean): z.infer<typeof FieldOut> => ({
  id: row.id,
  name: row.name,
  label: row.label,
  labellong: row.label,
  hint: row.hint ?? '',
  ...haloType(row.type),
  custom: row.builtin === null ? 1 : 0,
  usage: usageOf(row),
  builtin: row.builtin,
  ...(withValues && { values: row.options }),
  ...(row.sameAs?.length && { warning: sameWords(row.label, row.sameAs) }),
})

/** Mappings go by number, so two fields of one name are easily confused (case f02). */
const sameWords = (label: string, others: { id: number; label: string }[]): string =>
  `“${label}” cannot be told from ${others.map((one) => `“${one.label}” (${one.id})`).join(' and ')}: their names are the same but for blanks and case. Rename one.`

const FieldIn = z
  .object({
    name: Name(50),
    label: opt(Name(100)),
    hint: opt(Text(500)),
    type: Whole(0).default(0),
    inputtype: Whole(0).default(0),
    new_values: opt(Text(20_000)),
  })
  .transform((wire, c) => {
    const type = typeOfHalo(wire.type, wire.inputtype)
    if (!type) {
      c.addIssue({ code: 'custom', path: ['type'], message: 'there is no field of this type' })
      return z.NEVER
    }
    const options = (wire.new_values ?? '')
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean)
    return given({
      name: wire.name,
      label: wire.label ?? wire.name,
      hint: wire.hint,
      type,
      options: type.startsWith('choice') ? options : [],
    })
  })

/** The fields of tickets and of action forms. An end user sees those of the types they can choose. */
export const fieldinfo = new Hono<Door>()
  .get(
    '/',
    may(['agent', 'user'], 'Lists fields'),
    query(z.object({ includevalues: QueryBool.optional() })),
    answers(200, z.array(FieldOut)),
    async (c) => {
      const rows = await listFields(c.var.db, c.var.who.kind === 'user')
      return c.json(rows.map((row) => fieldOut(row, c.req.valid('query').includevalues ?? false)))
    },
  )
  .get(
    '/:id',
    may(['agent', 'user'], 'Shows a field with its choices'),
    answers(200, FieldOut),
    async (c) =>
      c.json(fieldOut(await readField(c.var.db, pathId(c), c.var.who.kind === 'user'), true)),
  )
  .post(
    '/',
    may(['admin'], 'Makes own fields of tickets'),
    query(Returnall),
    bodies(FieldIn),
    answers(201, createdOf(FieldOut)),
    refuses('IDEMPOTENCY_MISMATCH'),
    async (c) => {
      const drafts = c.req.valid('json')
      const made = await saveOnce(
        c,
        'field',
        drafts,
        () => makeFields(c.var.db, drafts, actor(c)),
        (id) => readField(c.var.db, id, false),
      )
      return created(
        c,
        made.map((row) => fieldOut(row, true)),
        c.req.valid('query').returnall,
      )
    },
  )
