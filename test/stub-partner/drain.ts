import { setTimeout as sleep } from 'node:timers/promises'
import type { RealDesk } from './realDesk.ts'

export interface Plan {
  links: number
  messages: number
  downMs: number
}

/** What an outage and its end cost the partner (Q10). */
export interface Drained {
  /** Calls while the partner was down, after the first failures had opened the breaker. */
  probes: number
  messagesWhileDown: number
  /** From the partner's return until all had arrived. */
  drainedMs: number
  arrived: number
  /** Requests a second, over the busiest ten seconds: on a busy machine those on their way arrive in clusters. */
  perSecond: number
  outOfOrder: number
  doubled: number
}

const GIVE_UP_MS = 600_000

/** Takes the partner away, saves notes on many links meanwhile, brings it back and watches what comes. */
export async function drain(
  desk: RealDesk,
  { links, messages, downMs }: Plan,
  tell: (line: string) => void = () => undefined,
): Promise<Drained> {
  const { stub } = desk.partner
  const tickets = await desk.sent(links)
  tell(`${links} tickets stand at the partner; it goes away`)
  stub.will({ mode: 'cut' })
  const wentAt = Date.now()
  for (let n = 0; n < messages; n++) await desk.note(tickets[n % links] ?? 0, `drain ${n}`)
  tell(`${messages} notes are saved after ${Math.round((Date.now() - wentAt) / 1000)} s`)
  const openedAt = stub.log.length
  await sleep(Math.max(wentAt + downMs - Date.now(), 0))
  const whileDown = stub.log.slice(openedAt)
  stub.heal()
  const cameBack = Date.now()
  const from = stub.log.length
  tell(`The partner is back after ${Math.round((cameBack - wentAt) / 1000)} s`)
  /** By ticket, in the order in which they came. */
  const came = () =>
    [...stub.tickets.values()].map(({ actions }) =>
      actions.flatMap(({ note_html: html }) => {
        const [, number] = /drain (\d+)/.exec(html) ?? []
        return number === undefined ? [] : [Number(number)]
      }),
    )
  while (came().flat().length < messages && Date.now() < cameBack + GIVE_UP_MS) await sleep(100)
  const drainedMs = Date.now() - cameBack
  await sleep(2_000) // whatever would come twice
  const numbers = came()
  const all = numbers.flat()
  return {
    probes: whileDown.filter(({ kind }) => kind === 'info' || kind === 'token').length,
    messagesWhileDown: whileDown.filter(({ kind }) => kind === 'action').length,
    drainedMs,
    arrived: new Set(all).size,
    perSecond: mostASecond(stub.log.slice(from).map(({ at }) => at)),
    outOfOrder: numbers.flatMap((one) => one.filter((n, at) => n < (one[at - 1] ?? 0))).length,
    doubled: all.length - new Set(all).size,
  }
}

const WINDOW_S = 10

function mostASecond(times: number[]): number {
  let most = 0
  for (let from = 0, to = 0; to < times.length; to++) {
    while ((times[to] ?? 0) - (times[from] ?? 0) >= WINDOW_S * 1_000) from++
    most = Math.max(most, to - from + 1)
  }
  return most / WINDOW_S
}

export const inWords = (plan: Plan, one: Drained): string =>
  `Q10 ${one.arrived} / ${plan.messages} messages over ${plan.links} links, ${(one.drainedMs / 1000).toFixed(1)} s after ${plan.downMs / 1000} s down: ` +
  `${one.outOfOrder} out of order, ${one.doubled} doubled, at most ${one.perSecond.toFixed(1)} requests a second, ${one.probes} probes and ${one.messagesWhileDown} messages while down`
