import { DurableObject } from 'cloudflare:workers'
import { arm, LOOK_AGAIN_MS, rest, watch } from '../platform/alarm'
import { openDb } from '../platform/database'
import { log } from '../platform/log'
import { seams } from '../platform/seams'
import { sendDueMail } from './send'

const AFTER_FAILURE_MS = 5_000

/**
 * One per instance, named by its number: sends its mail outbox. The table is the truth; the alarm stands before anything is written or
 * sent, and ends when nothing waits (R8).
 */
export class Desk extends DurableObject<Env> {
  #sending: Promise<void> = Promise.resolve()

  /** Before the batch that writes a mail: whatever dies afterwards, somebody looks. */
  async arm(): Promise<void> {
    await watch(this.ctx.storage, seams.now() + LOOK_AGAIN_MS)
  }

  /** After that batch: begins to send and does not let its caller wait for the provider. The alarm stands for what then fails. */
  async wake(): Promise<void> {
    await this.arm()
    this.ctx.waitUntil(
      this.#send().catch((error: unknown) => log('error', { what: 'mail', error })),
    )
  }

  override async alarm(): Promise<void> {
    try {
      await arm(this.ctx.storage, seams.now() + LOOK_AGAIN_MS)
      await this.#send()
    } catch (error) {
      // An alarm that throws is given up after a few times.
      log('error', { what: 'mail alarm', error })
      await this.ctx.storage.setAlarm(seams.now() + AFTER_FAILURE_MS)
    }
  }

  /** One at a time: a second caller's rows are found by the first or by its own turn. */
  #send(): Promise<void> {
    const turn = this.#sending.then(async () => {
      const next = await sendDueMail(this.env, openDb(this.env, Number(this.ctx.id.name)))
      await rest(this.ctx.storage, next)
    })
    this.#sending = turn.catch(() => undefined) // its own caller hears of it
    return turn
  }
}
