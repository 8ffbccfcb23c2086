// One deployment, as a process group of its own that a test can kill: `node deskProcess.ts PORT DATA DEMO_KEY`.
// The sweep is off, so that nothing but the objects' own alarms brings work back (R8).
import { serve } from '../../scripts/serve.mjs'

const [port = '', data = '', demoKey = ''] = process.argv.slice(2)
const deployment = await serve({
  port: Number(port),
  data,
  sweep: false,
  demo: false,
  vars: { DEMO_KEY: demoKey },
})
process.once('SIGTERM', () => void deployment.stop().then(() => process.exit(0)))
process.stdout.write(`ready ${deployment.url}\n`)
