import { seams } from './seams'
import { fault } from './fault'

/** Makes sure that an object's alarm fires at `at` or earlier; one that stands for an earlier time is kept (protocol.md §5 `arm`). */
export async function arm(storage: DurableObjectStorage, at: number): Promise<void> {
  const standing = await storage.getAlarm()
  if (standing === null || at < standing) await storage.setAlarm(at)
}

/** Whoever starts work first makes sure that somebody looks again, should it die on the way. */
export const LOOK_AGAIN_MS = 45_000
const ONCE_MORE_MS = 60_000
const LOOKED = 'looked'

/** Before something is written that must not be forgotten: the alarm fires by `at`, and once more after that. */
export async function watch(storage: DurableObjectStorage, at: number): Promise<void> {
  await storage.delete(LOOKED)
  await arm(storage, at)
  FAULTS && (await fault('P3'))
}

/**
 * After a look: sleeps until `next`, when something is due, or for ever where nothing is open. The first look since `watch` is followed
 * by one more a minute later, since whoever armed the timer may still be writing (R8). That it has looked is stored: an object is put
 * out of memory between two looks, and would go on for ever.
 */
export async function rest(storage: DurableObjectStorage, next: number | null): Promise<void> {
  if (!(await storage.get<boolean>(LOOKED))) {
    await storage.put(LOOKED, true)
    return storage.setAlarm(Math.min(next ?? Infinity, seams.now() + ONCE_MORE_MS))
  }
  if (next !== null) return storage.setAlarm(next)
  await storage.delete(LOOKED)
  await storage.deleteAlarm()
}
