// A partner's desk that speaks Halo's API, or the protocol between desks, and misbehaves on demand:
// `node test/stub-partner/main.mjs --dialect baton --port 8181`. What it can do stands in modes.ts; `POST /control` tells it.
import { parseArgs } from 'node:util'
import { onOwnNode } from '../../scripts/own-node.mjs'

await onOwnNode()
const { serveStub } = await import('./serve.ts')
const { values } = parseArgs({
  options: {
    dialect: { type: 'string', default: 'halo' },
    port: { type: 'string', default: '0' },
    tenant: { type: 'string', default: 'stub' },
  },
})
const dialect = values.dialect === 'baton' ? 'baton' : 'halo'
const { origin } = await serveStub({ dialect, tenantId: values.tenant }, Number(values.port))
process.stdout.write(
  `A stub partner (${dialect}) stands at ${origin}\n` +
    `authorisation URL ${origin}/auth, resource URL ${origin}/api, tenant id ${values.tenant}, any client id and secret\n` +
    `curl -X POST ${origin}/control -d '{"mode":"busy","for":"action","times":3,"retryAfter":"20"}'\n`,
)
