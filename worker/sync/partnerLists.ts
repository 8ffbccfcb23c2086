import { z } from 'zod'
import { sha256 } from '../platform/keys'
import { Problem } from '../platform/problem'
import { Catalogue } from './catalogue'
import { refusalOf } from './classify'
import { partnerFetch, type Answer, type Target, type World } from './partnerFetch'

/** Reads a partner's lists with its own API, so that mappings are picked from them. Throws PARTNER with what the partner said. */
export async function fetchLists(
  world: World,
  target: Target,
  token: string,
  dialect: 'baton' | 'halo',
): Promise<{ lists: Catalogue; etag: string }> {
  const lists =
    dialect === 'baton' ? await ofBaton(world, target, token) : await ofHalo(world, target, token)
  return { lists, etag: await sha256(JSON.stringify(lists)) }
}

async function ofBaton(world: World, target: Target, token: string): Promise<Catalogue> {
  const answer = await partnerFetch(world, target, {
    door: 'api',
    path: 'connection/schema',
    token,
  })
  return read(Catalogue, taken(answer))
}

const Named = z.object({ id: z.union([z.string(), z.number()]), name: z.string().default('') })
const HaloField = z.object({
  id: z.number(),
  name: z.string(),
  label: z.string().nullish(),
  type: z.number(),
  inputtype: z.number().nullish(),
  custom: z.number().nullish(),
  usage: z.number().nullish(),
  values: z.array(Named).nullish(),
})
const HaloOutcome = z.object({
  id: z.number(),
  outcome: z.string().nullish(),
  buttonname: z.string().nullish(),
  sendemail: z.union([z.number(), z.boolean()]).nullish(),
  default_send_to_halo: z.boolean().nullish(),
  hidefromuser: z.boolean().nullish(),
})

/** A partner that speaks Halo's API alone: the same lists from its own resources (halo-api.md §6). */
async function ofHalo(world: World, target: Target, token: string): Promise<Catalogue> {
  const get = async (path: string) =>
    taken(await partnerFetch(world, target, { door: 'api', path, token }))
  const [statuses, priorities, categories, fields] = await Promise.all([
    get('status'),
    get('priority'),
    get('category'),
    get('fieldinfo?includevalues=true'),
  ])
  const [outcomes, types] = await Promise.all([get('outcome'), get('tickettype')])
  return read(Catalogue, {
    statuses: read(z.array(Named), statuses),
    priorities: read(
      z.array(z.object({ priorityid: z.number(), name: z.string() })),
      priorities,
    ).map(({ priorityid: id, name }) => ({ id, name })),
    categories: read(z.array(z.object({ id: z.number(), value: z.string() })), categories).map(
      ({ id, value: name }) => ({ id, name }),
    ),
    fields: read(z.array(HaloField), fields).flatMap(haloField),
    outcomes: read(z.array(HaloOutcome), outcomes).map((one) => ({
      id: one.id,
      name: one.outcome ?? one.buttonname ?? String(one.id),
      button: one.buttonname ?? undefined,
      sends_email: Boolean(one.sendemail),
      sends: one.default_send_to_halo ?? false,
      hidden: one.hidefromuser ?? false,
    })),
    tickettypes: read(z.array(Named), types),
  })
}

function haloField(one: z.infer<typeof HaloField>) {
  const type = haloType(one.type, one.inputtype ?? 0)
  const summary = one.name.toLowerCase() === 'symptom'
  if (!type || !(summary || one.custom === 1) || (one.usage ?? 1) > 1) return []
  const { name } = one
  const options = (one.values ?? []).map((value) => ({ id: value.id, name: value.name }))
  return [
    {
      id: summary ? 'summary' : one.id,
      number: one.id,
      name,
      label: one.label ?? name,
      type,
      options,
    },
  ]
}

function haloType(type: number, input: number): Catalogue['fields'][number]['type'] | null {
  if (type === 0) return input === 1 || input === 4 ? 'number' : 'text'
  if (type === 4) return input === 1 ? 'datetime' : 'date'
  return (
    ({ 1: 'longtext', 2: 'choice', 3: 'choices', 6: 'checkbox', 10: 'longtext' } as const)[type] ??
    null
  )
}

function taken(answer: Answer): unknown {
  if ('error' in answer) throw new Problem('PARTNER', { message: answer.error })
  if (answer.status === 200 && answer.json !== undefined) return answer.json
  throw new Problem('PARTNER', {
    message: refusalOf(answer.json)?.words ?? `The partner answered with status ${answer.status}`,
  })
}

function read<T>(shape: z.ZodType<T>, json: unknown): T {
  const result = shape.safeParse(json)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new Problem('PARTNER', {
    message: `The partner’s lists are not as expected (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''})`,
  })
}
