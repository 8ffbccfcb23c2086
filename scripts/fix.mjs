// Repairs what can be repaired; `npm run check` says what is left.
import { onOwnNode } from './own-node.mjs'
import { run } from './run.mjs'

await onOwnNode()
const linted = await run(['oxlint', '--fix'], { show: true })
const formatted = await run(['oxfmt', '.'], { show: true })
process.exit(linted.code || formatted.code)
