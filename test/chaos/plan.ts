import type { Chance } from './chance.ts'

/** What one run does. The same plan with the same seed makes the same faults in the same order. */
export interface Plan {
  seed: number
  /** How many requests of people the desks have to accept before the run ends. */
  actions: number
  /** How many faults meet them, kills among them. */
  faults: number
  kills: number
  /** After how many of the kills everybody falls silent until what was open has arrived. */
  silences: number
  /** Streams of work at the same time. */
  hands: number
  /** Whether faults may take their full length: minutes instead of seconds. */
  long: boolean
}

/** Takes the power from desks: one, both at once, one and then the other while messages wait for the first, or after that one more. */
export type Blow = 'one' | 'both' | 'in turn' | 'and again'
export const KILLS: Record<Blow, number> = { one: 1, both: 2, 'in turn': 2, 'and again': 3 }

/** What befalls the messages between the desks, or a desk without killing it. */
const SHORT = [
  'partition',
  'refuse',
  'swallow',
  'cut',
  'double',
  'late',
  'delay',
  'garbage',
  'error',
  'gateway',
  'busy',
  'truncate',
  'redirect',
  'stop',
  'redeploy',
  'mail refused',
  'mail unclear',
] as const
/** Those after which a message or a whole connection rightly rests for minutes. */
const LONG = ['busy without a time', 'poison', 'pause'] as const
export type Kind = (typeof SHORT)[number] | (typeof LONG)[number]

export type Fault =
  | { kind: 'kill'; blow: Blow; silent: boolean; after: number }
  | { kind: Kind; after: number }

/** What meets a message or two and leaves the desks within reach. */
const FLOWING = new Set<Kind | Blow>([
  'cut',
  'double',
  'late',
  'delay',
  'garbage',
  'error',
  'truncate',
  'redirect',
  'mail refused',
  'mail unclear',
])

/** Few of these: each costs a whole connection its minutes. */
const SELDOM: Partial<Record<Kind, number>> = { 'busy without a time': 40, poison: 60, pause: 120 }

/** The faults of a run, spread over its actions. The last one is a blow after which messages wait for certain. */
export function faultsOf(
  { actions, faults, kills, silences, long }: Plan,
  chance: Chance,
): Fault[] {
  const blows = blowsOf(kills, chance)
  const others = Math.max(faults - kills, 0)
  const kinds: Kind[] = long
    ? LONG.flatMap((kind) => Array<Kind>(Math.floor(others / (SELDOM[kind] ?? 1))).fill(kind))
    : []
  while (kinds.length < others)
    kinds.push(...shuffled(SHORT, chance).slice(0, others - kinds.length))
  const loud = shuffled(blows.slice(0, -1), chance)
  // A desk that cannot be reached lets its partner rest for a minute. A short run damages messages first, while they flow.
  const flowing = kinds.filter((kind) => !long && FLOWING.has(kind))
  const rest = shuffled<Kind | Blow>(
    [...loud, ...kinds.filter((kind) => !flowing.includes(kind))],
    chance,
  )
  const mixed = [...shuffled(flowing, chance), ...rest]
  const silent = new Set(
    Array.from({ length: silences - 1 }, (_, i) => Math.ceil(((i + 1) * loud.length) / silences)),
  )
  let struck = 0
  const planned = mixed.map((one, place): Fault => {
    const after = Math.floor((actions * (place + 1)) / (mixed.length + 2))
    if (!isBlow(one)) return { kind: one, after }
    struck += 1
    return { kind: 'kill', blow: one, silent: silent.has(struck), after }
  })
  const last = blows.at(-1)
  return last ? [...planned, { kind: 'kill', blow: last, silent: true, after: actions }] : planned
}

const isBlow = (one: Kind | Blow): one is Blow => one in KILLS

function blowsOf(kills: number, chance: Chance): Blow[] {
  if (kills < KILLS['in turn']) return Array<Blow>(kills).fill('one')
  const blows: Blow[] = []
  for (let left = kills - KILLS['in turn']; left > 0;) {
    const wanted = chance.one<Blow>(['one', 'one', 'one', 'both', 'in turn', 'and again'])
    const blow = KILLS[wanted] > left ? 'one' : wanted
    blows.push(blow)
    left -= KILLS[blow]
  }
  return [...blows, 'in turn']
}

function shuffled<T>(of: readonly T[], chance: Chance): T[] {
  const rest = [...of]
  return of.flatMap(() => rest.splice(chance.between(0, rest.length - 1), 1))
}
