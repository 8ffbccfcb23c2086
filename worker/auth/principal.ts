/**
 * Who is asking. The facts come from a signed token or session; that they still hold is checked by the guard, in the first query.
 * A plain object: it travels to the Durable Objects.
 */
export type Principal =
  | { kind: 'nobody' }
  | { kind: 'agent'; t: number; agentId: number; role: 'agent' | 'admin'; session: string }
  | { kind: 'user'; t: number; personId: number; customerId: number; session: string }
  | { kind: 'app'; t: number; appId: number; agentId: number; role: 'agent' | 'admin'; ver: number }
  | {
      kind: 'connection'
      t: number
      connectionId: number
      profile: 'customer' | 'supplier'
      ver: number
    }

export type Caller = Exclude<Principal, { kind: 'nobody' }>

/** An agent, or a program that acts as one. */
export type Staff = Extract<Principal, { agentId: number }>

export type EndUser = Extract<Principal, { kind: 'user' }>

export type Partner = Extract<Principal, { kind: 'connection' }>

export const isStaff = (who: Principal): who is Staff => who.kind === 'agent' || who.kind === 'app'

/** How an actor is written in `idem`, `attachment.byActor` and the audit: kind and number, unique in the tenant. */
export function actorOf(who: Caller): string {
  switch (who.kind) {
    case 'agent':
      return `agent:${who.agentId}`
    case 'user':
      return `user:${who.personId}`
    case 'app':
      return `app:${who.appId}`
    case 'connection':
      return `connection:${who.connectionId}`
  }
}
