import { alike } from '../desk/sameName'
import type { Catalogue } from './catalogue'
import type { ConnectionRow, ShownMapping } from './connections'
import { nouns, remoteKeys, type MappingKind } from './mappings'
import { VERSION_FIX, versionWords } from './version'

export const codes = [
  'other_content',
  'version',
  'no_default_action',
  'no_default_tickettype',
  'gone_here',
  'gone_there',
  'types_differ',
  'both_email',
  'sends_onward',
  'not_on_workflow',
  'same_name',
] as const

/** Something about a connection's inbound settings that will surprise, found before anybody trips over it (design.md §7). */
export interface Finding {
  code: (typeof codes)[number]
  /** Of the mapping that it concerns. */
  kind: MappingKind | null
  remoteId: string | null
  words: string
  fix: string
}

export interface Thing {
  id: number
  name: string
  inactive: boolean
}

/** What decides it: the connection, its published mappings, and the lists of both desks. */
interface Ground {
  connection: ConnectionRow
  mappings: ShownMapping[]
  /** The partner's lists as last fetched. */
  remote: Catalogue | null
  local: Record<MappingKind, Thing[]>
  fields: { id: number; type: string }[]
  outcomes: { id: number; sendEmail: boolean; sends: boolean }[]
  /** Tickets to which the partner sent a message a second time with other content (F20). */
  mismatches: number[]
  /** The actions that are on some step of some workflow. */
  onWorkflow: number[]
}

/** What there is to find. Pure. */
export function findingsOf(ground: Ground): Finding[] {
  return [
    ...mismatchFindings(ground),
    ...versionFindings(ground),
    ...defaultFindings(ground),
    ...ground.mappings.flatMap((one) => mappingFindings(one, ground)),
    ...twinFindings(ground),
  ]
}

function mismatchFindings({ mismatches, connection }: Ground): Finding[] {
  if (mismatches.length === 0) return []
  return [
    {
      code: 'other_content',
      kind: null,
      remoteId: null,
      words: `${connection.partnerName ?? 'The partner'} sent a message again with other content than the first time (ticket ${mismatches.join(', ')}). The first one stays.`,
      fix: 'Ask the admins there whether their database was restored or somebody else holds their credentials. If in doubt, rotate the secret.',
    },
  ]
}

function versionFindings({ connection }: Ground): Finding[] {
  const words = versionWords(connection)
  return words === null
    ? []
    : [{ code: 'version', kind: null, remoteId: null, words, fix: VERSION_FIX }]
}

function defaultFindings({ connection: row }: Ground): Finding[] {
  const none = { kind: null, remoteId: null }
  return [
    ...(row.defaultActionTypeId === null
      ? [
          {
            ...none,
            code: 'no_default_action' as const,
            words: 'There is no default action: an action that is not mapped is not taken.',
            fix: 'Set a default action under Inbound settings.',
          },
        ]
      : []),
    ...(row.kind === 'customer' && row.defaultTicketTypeId === null
      ? [
          {
            ...none,
            code: 'no_default_tickettype' as const,
            words:
              'There is no default ticket type: a ticket of a type that is not mapped is refused.',
            fix: 'Set a default ticket type under Inbound settings.',
          },
        ]
      : []),
  ]
}

function mappingFindings(one: ShownMapping, ground: Ground): Finding[] {
  const { kind, remoteId, remoteName, localId } = one
  const noun = nouns[kind]
  const find = (code: Finding['code'], words: string, fix: string): Finding[] => [
    { code, kind, remoteId, words, fix },
  ]
  const here = ground.local[kind].find(({ id }) => id === localId)
  if (!here || here.inactive)
    return find(
      'gone_here',
      `“${remoteName}” is mapped to a ${noun} that is no longer there${here ? `, “${here.name}”` : ''}.`,
      kind === 'outcome'
        ? 'Map it to another action; until then it is refused.'
        : `Map it to another ${noun}; until then messages are taken and the ${noun} stays as it is.`,
    )
  const there: { id: string }[] | undefined = ground.remote?.[remoteKeys[kind]]
  if (there && !there.some(({ id }) => id === remoteId))
    return find(
      'gone_there',
      `The partner has no ${noun} “${remoteName}” any more.`,
      'Fetch the partner’s lists again, and take the mapping out if it is still so.',
    )
  if (kind === 'field') return fieldFindings(one, here.name, ground, find)
  return kind === 'outcome' ? outcomeFindings(one, here.name, ground, find) : []
}

type Find = (code: Finding['code'], words: string, fix: string) => Finding[]

function fieldFindings(one: ShownMapping, name: string, ground: Ground, find: Find): Finding[] {
  const there = ground.remote?.fields.find(({ id }) => id === one.remoteId)
  const here = ground.fields.find(({ id }) => id === one.localId)
  if (!there || !here || there.type === here.type) return []
  return find(
    'types_differ',
    `“${there.label}” is ${there.type} at the partner and “${name}” is ${here.type} here.`,
    'Map it to a field of the same type.',
  )
}

function outcomeFindings(one: ShownMapping, name: string, ground: Ground, find: Find): Finding[] {
  const there = ground.remote?.outcomes.find(({ id }) => id === one.remoteId)
  const here = ground.outcomes.find(({ id }) => id === one.localId)
  return [
    ...(there?.sends_email && here?.sendEmail
      ? find(
          'both_email',
          `“${there.name}” and “${name}”, which it is mapped to, both send an email: it is refused.`,
          'Map it to an action that sends no email; its text then arrives as a note.',
        )
      : []),
    ...(here?.sends
      ? find(
          'sends_onward',
          `“${name}”, which “${one.remoteName}” is mapped to, is itself set to send: what arrives goes on to the ticket’s other partners, never back.`,
          'Where that is not wanted, map it to an action with “Send to connected instance” off.',
        )
      : []),
    ...(ground.onWorkflow.includes(one.localId)
      ? []
      : find(
          'not_on_workflow',
          `“${name}”, which “${one.remoteName}” is mapped to, is on no step of any workflow: it is refused.`,
          `Add “${name}” to the workflow, or map “${one.remoteName}” to an action that is on it.`,
        )),
  ]
}

/** Things of one kind that people cannot tell apart (f02): mappings go by number, so the wrong one of two is easily picked. */
function twinFindings({ local, remote, mappings }: Ground): Finding[] {
  const kinds: MappingKind[] = ['status', 'priority', 'category', 'field', 'outcome', 'tickettype']
  return kinds.flatMap((kind) => {
    const here = local[kind].filter(({ inactive }) => !inactive)
    const there: { id: string; name: string; label?: string }[] = remote?.[remoteKeys[kind]] ?? []
    const lists = [
      { where: 'here', list: here.map(({ id, name }) => ({ id: String(id), name })) },
      {
        where: 'at the partner',
        list: there.map(({ id, name, label }) => ({ id, name: label ?? name })),
      },
    ]
    return lists.flatMap(({ where, list }) =>
      alike(list).map((same): Finding => {
        const numbers = same.map(({ id }) => id)
        const chosen = mappings.filter(
          (one) =>
            one.kind === kind &&
            numbers.includes(where === 'here' ? String(one.localId) : one.remoteId),
        )
        return {
          code: 'same_name',
          kind,
          remoteId: chosen[0]?.remoteId ?? null,
          words: `The ${nouns[kind]} ${same.map(({ id, name }) => `“${name}” (${id})`).join(' and ')} ${where} have the same name but for blanks and case.`,
          fix: 'Check by the number that the right one is mapped, or rename one.',
        }
      }),
    )
  })
}
