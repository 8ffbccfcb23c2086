// One deployment, as a process group of its own that a test can kill: `node deskProcess.ts PORT DATA DEMO_KEY BUNDLE`.
// The sweep is off, so that nothing but the objects' own alarms brings work back (R8).
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { keepMail, type Mail } from '../../scripts/mail.mjs'
import { serve } from '../../scripts/serve.mjs'

const [port = '', data = '', demoKey = '', bundle = ''] = process.argv.slice(2)
const deployment = await serve({
  port: Number(port),
  data,
  bundle,
  sweep: false,
  demo: false,
  vars: { DEMO_KEY: demoKey },
  sendMail,
})
process.once('SIGTERM', () => void deployment.stop().then(() => process.exit(0)))
process.on('SIGUSR2', () => void deployment.reload().then(() => process.stdout.write('reloaded\n')))
process.stdout.write(`ready ${deployment.url}\n`)

/** The provider of mail, which refuses for now, or takes a mail and does not say so, while a file tells it to (F38). */
function sendMail(mail: Mail): void {
  const file = join(data, 'mail-fault')
  const fault = existsSync(file) ? readFileSync(file, 'utf8') : ''
  if (fault === 'mail refused') {
    appendFileSync(join(data, 'mail-refused'), `${mail.headers?.['X-Baton-Mail'] ?? ''}\n`)
    throw new Error('450 4.3.2 try again later')
  }
  keepMail(join(data, 'mail'), mail)
  if (fault === 'mail unclear') throw new Error('the connection broke off')
}
