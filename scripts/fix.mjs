// Repairs what can be repaired; `npm run check` says what is left.
import { onOwnNode } from './own-node.mjs'
import { run } from './run.mjs'

await onOwnNode()
const { code: written } = await run([process.execPath, 'scripts/permissions.mjs'], { show: true })
const linted = await run(['oxlint', '--fix'], { show: true })
const formatted = await run(['oxfmt', '.'], { show: true })
process.exit(written || linted.code || formatted.code)
