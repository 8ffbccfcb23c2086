import { setTimeout as sleep } from 'node:timers/promises'
import { serve, type DemoInstance } from '../../scripts/serve.mjs'
import { serveStub, type Served } from './serve.ts'

/** Acme in a deployment of its own, linked with a stub partner over the network of this machine. */
export class RealDesk {
  readonly #url: string
  readonly #headers: Record<string, string>
  readonly #supplierId: number
  readonly #connectionId: number
  readonly partner: Served
  readonly stop: () => Promise<void>

  private constructor(
    url: string,
    headers: Record<string, string>,
    linked: { supplierId: number; connectionId: number },
    partner: Served,
    stop: () => Promise<void>,
  ) {
    this.#url = url
    this.#headers = headers
    this.#supplierId = linked.supplierId
    this.#connectionId = linked.connectionId
    this.partner = partner
    this.stop = stop
  }

  static async start(folder: string): Promise<RealDesk> {
    const partner = await serveStub({ dialect: 'baton', tenantId: 'cables', name: 'Cables' })
    const deployment = await serve({ port: 0, data: folder, sweep: false, log: () => undefined })
    const acme = deployment.demo?.instances['acme']
    if (!acme) throw new Error('The demo has no Acme')
    const headers = {
      authorization: `Bearer ${await tokenOf(acme)}`,
      'content-type': 'application/json',
    }
    const stop = async () => {
      await deployment.stop()
      await partner.stop()
    }
    const linked = await link(acme.url, headers, partner)
    return new RealDesk(acme.url, headers, linked, partner, stop)
  }

  /** Tickets that stand at the partner: the numbers here. */
  async sent(count: number): Promise<number[]> {
    const tickets = []
    for (let n = 0; n < count; n++) {
      const { body } = await this.#ask('POST', 'tickets', [{ summary: `Cable ${n}`, details: 'x' }])
      await this.act(body.id, 'Escalate to MSP', 'Please look.', { supplier_id: this.#supplierId })
      tickets.push(body.id)
    }
    return tickets
  }

  /** An action, with what its saver waited beyond the commit. */
  async act(
    ticketId: number,
    outcome: string,
    note: string,
    more: object = {},
  ): Promise<{ waitedMs: number; state: string | undefined }> {
    const began = performance.now()
    const { body, headers } = await this.#ask('POST', 'actions', [
      { ticket_id: ticketId, outcome, note_html: `<p>${note}</p>`, ...more },
    ])
    const commitMs = Number(/commit;dur=(\d+)/.exec(headers.get('server-timing') ?? '')?.[1] ?? 0)
    return { waitedMs: performance.now() - began - commitMs, state: body.sync?.state }
  }

  note(ticketId: number, text: string): Promise<{ waitedMs: number; state: string | undefined }> {
    return this.act(ticketId, 'Private note', text)
  }

  /** What an admin reads of the connection. */
  async health(): Promise<string> {
    return (await this.#ask('GET', `connection/${this.#connectionId}`)).body.health ?? ''
  }

  #ask(method: string, path: string, body?: unknown): Promise<Answered> {
    return ask(`${this.#url}/api/${path}`, this.#headers, method, body)
  }
}

interface Answered {
  headers: Headers
  body: { id: number; sync?: { state: string } | null; health?: string }
}

/** One call. A desk that asks its callers to wait is waited for. */
async function ask(
  url: string,
  headers: Record<string, string>,
  method: string,
  body?: unknown,
): Promise<Answered> {
  for (;;) {
    const answer = await fetch(url, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (answer.status === 429) {
      await sleep(Number(answer.headers.get('retry-after') ?? 1) * 1_000)
      continue
    }
    if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status} ${text}`)
    return { body: JSON.parse(text), headers: answer.headers }
  }
}

async function tokenOf({ url, api }: DemoInstance): Promise<string> {
  const answer = await fetch(`${url}/auth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'all', ...api }),
  })
  const { access_token: token }: { access_token: string } = await answer.json()
  return token
}

async function link(url: string, headers: Record<string, string>, { origin }: Served) {
  const post = async (path: string, body: unknown) =>
    (await ask(`${url}/api/${path}`, headers, 'POST', body)).body
  const { id: supplierId } = await post('supplier', { name: 'Cables' })
  const { id: connectionId } = await post('connection', {
    supplier_id: supplierId,
    allow_access: true,
    partner: {
      auth_url: `${origin}/auth`,
      resource_url: `${origin}/api`,
      tenant_id: 'cables',
      client_id: 'id',
      client_secret: 'word',
    },
  })
  await post(`connection/${connectionId}/authenticate`, {})
  return { supplierId, connectionId }
}
