import { app } from './app'
import { consumeDeliveries, sweep } from './sync/wake'
import { canonical } from './platform/address'

export { Courier } from './sync/Courier'
export { Desk } from './mail/Desk'
export { LinkedTicket } from './sync/LinkedTicket'
export { Witness } from './sync/Witness'

/** The doors of the Worker. */
export default {
  fetch: (request, env, ctx) => app.fetch(canonical(request), env, ctx),
  queue: (batch, env) => consumeDeliveries(batch, env),
  scheduled: (_, env) => sweep(env),
} satisfies ExportedHandler<Env>
