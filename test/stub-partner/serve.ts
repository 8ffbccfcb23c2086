import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { StubPartner, type Options } from './StubPartner.ts'

export interface Served {
  stub: StubPartner
  origin: string
  /** Bytes that were written out; what nobody reads any more is not. */
  written: () => number
  stop: () => Promise<void>
}

/** A stub partner behind a port of this machine, a free one where none is named. */
export async function serveStub(options: Omit<Options, 'origin'>, port = 0): Promise<Served> {
  let written = 0
  let stub: StubPartner | undefined
  const server = createServer((incoming, outgoing) => {
    if (stub) void carry(stub, incoming, outgoing, (bytes) => (written += bytes))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const at = server.address()
  const origin = `http://127.0.0.1:${typeof at === 'object' && at ? at.port : port}`
  stub = new StubPartner({ ...options, origin })
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { stub, origin, written: () => written, stop }
}

async function carry(
  stub: StubPartner,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  wrote: (bytes: number) => void,
): Promise<void> {
  const gone = new AbortController()
  outgoing.once('close', () => gone.abort())
  const chunks: Buffer[] = []
  try {
    for await (const chunk of incoming) chunks.push(chunk)
    const { method = 'GET', url = '/', headers } = incoming
    const response = await stub.fetch(
      new Request(`http://${headers.host}${url}`, {
        method,
        headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
        signal: gone.signal,
        ...(method !== 'GET' && method !== 'HEAD' && { body: Buffer.concat(chunks) }),
      }),
    )
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    for await (const chunk of response.body ?? []) {
      if (gone.signal.aborted) break
      wrote(chunk.byteLength)
      if (!outgoing.write(chunk)) await once(outgoing, 'drain', { signal: gone.signal })
    }
    outgoing.end()
  } catch {
    outgoing.destroy() // a connection that is cut
  }
}
