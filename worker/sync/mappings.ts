import { and, asc, eq, sql } from 'drizzle-orm'
import {
  actionType,
  category,
  connection,
  field,
  priority,
  status,
  ticketType,
  type mapping,
} from '../../db/schema'
import type { Db } from '../platform/database'
import { Problem } from '../platform/problem'
import { MAPPABLE_BUILTINS, type Catalogue } from './catalogue'

export type MappingKind = (typeof mapping.$inferSelect)['kind']

/** What a thing of the partner's is to be here, as somebody wishes it. */
export interface MappingDraft {
  kind: MappingKind
  remoteId: string
  remoteName?: string | undefined
  localId: number
}
export type Mapping = Required<{ [K in keyof MappingDraft]: NonNullable<MappingDraft[K]> }>

/** The numbers of built-in fields in Halo's lists and ours, for where a client names them so. */
const BUILTIN_NUMBERS: Record<string, string> = { '2': 'summary' }

/** The statements that read this desk's lists, for one batch. */
export const localListsQueries = ({ orm, t }: Db) =>
  [
    orm.select({ id: status.id }).from(status).where(eq(status.t, t)),
    orm.select({ id: priority.id }).from(priority).where(eq(priority.t, t)),
    orm.select({ id: category.id }).from(category).where(eq(category.t, t)),
    orm
      .select({
        id: field.id,
        label: field.label,
        scope: field.scope,
        type: field.type,
        builtin: field.builtin,
      })
      .from(field)
      .where(eq(field.t, t)),
    orm
      .select({
        id: actionType.id,
        name: actionType.name,
        systemUse: actionType.systemUse,
        sendEmail: actionType.sendEmail,
        sends: actionType.sendToConnected,
        hideFromUser: actionType.hideFromUser,
        inactive: actionType.inactive,
      })
      .from(actionType)
      .where(eq(actionType.t, t))
      .orderBy(asc(actionType.sequence), asc(actionType.id)),
    orm
      .select({ id: ticketType.id, inactive: ticketType.inactive })
      .from(ticketType)
      .where(eq(ticketType.t, t))
      .orderBy(asc(ticketType.sequence), asc(ticketType.id)),
  ] as const

type Rows<Q> = { -readonly [K in keyof Q]: Q[K] extends PromiseLike<infer R> ? R : never }

/** This desk's lists by the kind of mapping that points into them. */
export function localListsOf([statuses, priorities, categories, fields, outcomes, types]: Rows<
  ReturnType<typeof localListsQueries>
>) {
  return {
    status: statuses,
    priority: priorities,
    category: categories,
    field: fields,
    outcome: outcomes,
    tickettype: types,
  }
}
export type LocalLists = ReturnType<typeof localListsOf>

/** Where the partner's lists have a kind, and what it is called. */
export const remoteKeys = {
  status: 'statuses',
  priority: 'priorities',
  category: 'categories',
  field: 'fields',
  outcome: 'outcomes',
  tickettype: 'tickettypes',
} as const satisfies Record<MappingKind, keyof Catalogue>

export const nouns: Record<MappingKind, string> = {
  status: 'status',
  priority: 'priority',
  category: 'category',
  field: 'field',
  outcome: 'action',
  tickettype: 'ticket type',
}

/**
 * Checks a whole set of mappings before it is published. The partner's lists may be unknown (never authenticated); what they would
 * tell is then judged when a message arrives. Throws VALIDATION that names every wrong entry: unknown ids (G48), ticket types on a
 * supplier's profile (G63), action fields (G45), unequal types (G47), two email actions (G53), one thing mapped twice.
 */
export function checkMappings(
  drafts: MappingDraft[],
  profile: 'customer' | 'supplier',
  local: LocalLists,
  remote: Catalogue | null,
  path = 'mappings',
): Mapping[] {
  const fields: Record<string, string> = {}
  const seen = new Set<string>()
  const checked = drafts.map((draft, i) => {
    const remoteId = draft.kind === 'field' ? fieldIdOf(draft.remoteId, remote) : draft.remoteId
    const there = remote?.[remoteKeys[draft.kind]].find(({ id }) => id === remoteId)
    const refusal = refusalOf({ ...draft, remoteId }, profile, local, remote)
    const key = `${draft.kind}:${remoteId}`
    if (refusal) fields[`${path}[${i}].${refusal.field}`] = refusal.why
    else if (seen.has(key))
      fields[`${path}[${i}].remote_id`] = `this ${nouns[draft.kind]} is mapped twice`
    seen.add(key)
    const mapping = {
      kind: draft.kind,
      remoteId,
      remoteName: there?.name ?? (draft.remoteName || draft.remoteId),
      localId: draft.localId,
    }
    return { mapping, emails: refusal?.emails === true }
  })
  const [first] = Object.entries(fields)
  if (!first) return checked.map(({ mapping }) => mapping)
  const emails = checked.some((one) => one.emails)
  throw new Problem('VALIDATION', {
    fields,
    message: emails
      ? `Two actions that both send an email are mapped together (${Object.values(fields).find((why) => why.endsWith(BOTH_EMAIL)) ?? ''})`
      : `${first[0]}: ${first[1]}`,
    ...(emails && {
      fix: 'Map the email action to an action that does not send an email; its text then arrives as a note.',
    }),
  })
}

const BOTH_EMAIL = 'both send an email'

interface Refusal {
  field: 'remote_id' | 'local_id' | 'kind'
  why: string
  emails?: true
}

function refusalOf(
  { kind, remoteId, localId }: MappingDraft,
  profile: 'customer' | 'supplier',
  local: LocalLists,
  remote: Catalogue | null,
): Refusal | null {
  if (kind === 'tickettype' && profile === 'supplier') {
    return {
      field: 'kind',
      why: 'a supplier creates no tickets here, so ticket types are mapped on a customer’s profile only',
    }
  }
  if (!local[kind].some(({ id }) => id === localId))
    return { field: 'local_id', why: `there is no ${nouns[kind]} of that number here` }
  if (kind === 'field') return fieldRefusal(remoteId, localId, local, remote)
  if (kind === 'outcome') return outcomeRefusal(remoteId, localId, local, remote)
  return null
}

function fieldRefusal(
  remoteId: string,
  localId: number,
  local: LocalLists,
  remote: Catalogue | null,
): Refusal | null {
  const here = local.field.find(({ id }) => id === localId)
  if (!here || here.scope !== 'ticket')
    return {
      field: 'local_id',
      why: 'only fields of the ticket can be mapped, not fields of an action',
    }
  if (here.builtin !== null && !isMappable(here.builtin)) {
    return {
      field: 'local_id',
      why: 'of the built-in fields only summary, start date and target date can be mapped',
    }
  }
  const builtin = isMappable(remoteId) ? remoteId : null
  if (builtin !== here.builtin)
    return {
      field: 'local_id',
      why: 'summary and dates are mapped to their counterparts, own fields to own fields',
    }
  if (!remote) return null
  const there = remote.fields.find(({ id }) => id === remoteId)
  if (!there) return { field: 'remote_id', why: 'the partner has no such field that can be mapped' }
  if (there.type === here.type) return null
  return {
    field: 'local_id',
    why: `only fields of the same type can be mapped: “${there.label}” is ${there.type}, “${here.label}” is ${here.type}`,
  }
}

function outcomeRefusal(
  remoteId: string,
  localId: number,
  local: LocalLists,
  remote: Catalogue | null,
): Refusal | null {
  const here = local.outcome.find(({ id }) => id === localId)
  if (!here || here.inactive) return { field: 'local_id', why: 'this action is switched off' }
  if (
    here.systemUse === 'logged' ||
    here.systemUse === 'changed' ||
    here.systemUse === 'log_to_supplier'
  ) {
    return {
      field: 'local_id',
      why: 'this action is made by the desk itself and cannot be mapped to',
    }
  }
  const there = remote?.outcomes.find(({ id }) => id === remoteId)
  if (!there?.sends_email || !here.sendEmail) return null
  return {
    field: 'local_id',
    why: `“${there.name}” and “${here.name}” ${BOTH_EMAIL}`,
    emails: true,
  }
}

const isMappable = (name: string): boolean => MAPPABLE_BUILTINS.some((one) => one === name)

/** A partner's field as mappings call it, from its register's name, its number, or its number in the partner's lists. */
function fieldIdOf(given: string, remote: Catalogue | null): string {
  const plain = given
    .trim()
    .toLowerCase()
    .replace(/^field:/, '')
  const listed = remote?.fields.find(
    ({ id, number, name }) =>
      id === plain || String(number) === plain || name.toLowerCase() === plain,
  )
  return listed?.id ?? BUILTIN_NUMBERS[plain] ?? plain
}

/** Whether a set names something that the partner's lists, as last fetched, do not have. */
export function namesUnknown(drafts: MappingDraft[], remote: Catalogue): boolean {
  return drafts.some(({ kind, remoteId }) => {
    const id = kind === 'field' ? fieldIdOf(remoteId, remote) : remoteId
    return !remote[remoteKeys[kind]].some((one) => one.id === id)
  })
}

/** The statements that publish a set as the next version. Two admins who publish at once collide on the version's rows. */
export function publishStatements(
  { orm, t }: Db,
  connectionId: number,
  version: number,
  mappings: Mapping[],
) {
  return [
    // One statement however many there are: a value list would run into the limit of bound parameters.
    orm.run(sql`insert into mapping (t, connection_id, version, kind, remote_id, remote_name, local_id)
      select ${t}, ${connectionId}, ${version}, value ->> 'kind', value ->> 'remoteId', value ->> 'remoteName', value ->> 'localId'
      from json_each(${JSON.stringify(mappings)})`),
    orm
      .update(connection)
      .set({ mappingVersion: version })
      .where(and(eq(connection.t, t), eq(connection.id, connectionId))),
  ] as const
}

/** Whether two sets say the same, in any order. */
export function sameMappings(a: Mapping[], b: Mapping[]): boolean {
  const text = (set: Mapping[]) =>
    set
      .map(({ kind, remoteId, localId }) => `${kind}:${remoteId}=${localId}`)
      .toSorted()
      .join('\n')
  return text(a) === text(b)
}
